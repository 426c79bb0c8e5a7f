using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests.Registration;

public sealed class RegistrationTests
{
    [RequiresConsulFact]
    public async Task HostStarts_IsRegisteredAtItsRealAddress_AndPassingAtOnce()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var host = await TestHost.StartAsync(registry, "a", o =>
        {
            o.Tags.Add("v1");
            o.Metadata["k"] = "v";
            o.Weights = new() { Passing = 5 };
        });
        var entry = Assert.Single(await PassingAsync(registry, "a", 1));
        Assert.Equal(("127.0.0.1", $"a-127.0.0.1-{entry.Service.Port}"), (entry.Service.Address, entry.Service.Id));
        Assert.Equal(("v1", "v", 5), (entry.Service.Tags![0], entry.Service.Meta!["k"], entry.Service.Weights!.Passing));
        Assert.Contains(entry.Checks, c => c is { Type: "ttl", Status: CheckStatus.Passing });
        using var http = new HttpClient();
        Assert.Equal("ok", await http.GetStringAsync($"http://{entry.Service.Address}:{entry.Service.Port}/").WithinAsync());
        await Eventually.TrueAsync(() => host.State.IsSettled);
        Assert.Equal((entry.Service.Id, RegistrationPresence.Registered), (host.State.ServiceId, host.State.Actual));

        await host.StopAsync();
        Assert.Null((await registry.Client.Agent.ServiceAsync(entry.Service.Id)).Value);
        Assert.Equal((RegistrationPresence.Absent, true), (host.State.Actual, host.State.IsSettled));
        host.Log.AssertNoErrors();
    }

    [RequiresConsulFact]
    public async Task AgentKilledAndRestartedEmpty_RegisteredAgainWithin5Seconds()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var host = await TestHost.StartAsync(registry, "a");
        await PassingAsync(registry, "a", 1);
        for (var round = 0; round < 2; round++)
        {
            await registry.KillAsync();
            await Eventually.TrueAsync(() => host.State.LastError is not null);
            await registry.RestartEmptyAsync();
            var started = TimeProvider.System.GetTimestamp();
            await PassingAsync(registry, "a", 1);
            Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
            await Eventually.TrueAsync(() => host.State.IsSettled);
        }

        Assert.Equal(2, host.Log.Entries.Count(e => e.Level == LogLevel.Warning && e.Message.Contains("can't be asked", StringComparison.Ordinal)));
        host.Log.AssertNoErrors();
    }

    [RequiresConsulFact]
    public async Task AgentReplacedWithoutANoticedOutage_RegisteredAgainWithin5Seconds()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var host = await TestHost.StartAsync(registry, "a", o => o.Checks.None());
        await PassingAsync(registry, "a", 1);
        await registry.RestartEmptyAsync();
        var started = TimeProvider.System.GetTimestamp();
        await PassingAsync(registry, "a", 1);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [RequiresConsulFact]
    public async Task AgentDownAtStart_HostStarts_SaysSoOnce_AndRegistersWhenItIsThere()
    {
        await using var registry = await TestRegistry.StartAsync();
        await registry.KillAsync();
        await using var host = await TestHost.StartAsync(registry, "a");
        await Eventually.TrueAsync(() => host.State.LastError is not null);
        Assert.Equal((RegistrationPresence.Registered, RegistrationPresence.Unknown), (host.State.Desired, host.State.Actual));
        Assert.Contains("rollcall agent -dev", host.State.LastError, StringComparison.Ordinal);
        var health = (await host.HealthAsync()).Entries["service-registration"];
        Assert.Equal(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded, health.Status);
        Assert.Contains("is to be Registered, is Unknown", health.Description, StringComparison.Ordinal);

        await registry.RestartEmptyAsync();
        await PassingAsync(registry, "a", 1);
        await Eventually.TrueAsync(() => host.State.IsSettled);
        Assert.Equal(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy, (await host.HealthAsync()).Status);
        Assert.Single(host.Log.Entries, e => e.Message.Contains("can't be asked", StringComparison.Ordinal));
        host.Log.AssertNoErrors();
    }

    [RequiresConsulFact]
    public async Task DeregisteredBehindItsBack_ComesBack()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var host = await TestHost.StartAsync(registry, "a");
        await PassingAsync(registry, "a", 1);
        await registry.Client.Agent.DeregisterAsync(host.State.ServiceId!);
        await PassingAsync(registry, "a", 1);
    }

    [RequiresConsulFact]
    public async Task OverwrittenByAnother_IsPutRight()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var host = await TestHost.StartAsync(registry, "a");
        var port = Assert.Single(await PassingAsync(registry, "a", 1)).Service.Port;
        await registry.Client.Agent.RegisterAsync(new() { Id = host.State.ServiceId, Name = "a", Port = 1, Tags = ["wrong"] });
        await Eventually.TrueAsync(async () => (await registry.Client.Agent.ServiceAsync(host.State.ServiceId!)).Value?.Port == port);
    }

    [RequiresConsulFact]
    public async Task TtlCheckRemovedBehindItsBack_ComesBack()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var host = await TestHost.StartAsync(registry, "a", o => o.Checks.Ttl(TimeSpan.FromSeconds(1.5)));
        await PassingAsync(registry, "a", 1);
        var check = $"service:{host.State.ServiceId}:ttl";
        await registry.Client.Agent.DeregisterCheckAsync(check);
        await Eventually.TrueAsync(async () => (await registry.Client.Agent.ChecksAsync()).Value.ContainsKey(check));
        host.Log.AssertNoErrors();
    }

    [RequiresConsulFact]
    public async Task RestartWithOtherChecks_LeavesNoneOfTheOld()
    {
        await using var registry = await TestRegistry.StartAsync();
        await registry.Client.Agent.RegisterAsync(new() { Id = "same", Name = "a", Checks = [new() { CheckId = "old", Ttl = "1m" }] });
        await using var host = await TestHost.StartAsync(registry, "a", o =>
        {
            o.Id = "same";
            o.Checks.Http("/").Tcp();
        });
        await PassingAsync(registry, "a", 1);
        Assert.Equal(["service:same:http", "service:same:tcp"], (await registry.Client.Agent.ChecksAsync()).Value.Keys.Order());
    }

    [RequiresConsulFact]
    public async Task Heartbeats_DoNotMoveTheIndex()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var host = await TestHost.StartAsync(registry, "a", o => o.Checks.Ttl(TimeSpan.FromSeconds(1), _ => ValueTask.FromResult(true)));
        await PassingAsync(registry, "a", 1);
        var index = (await registry.Client.Health.ServiceAsync("a")).Index;

        // A dozen heartbeats and a poll later nothing has changed: the query waits its whole time.
        var after = await registry.Client.Health.ServiceAsync("a", new() { Index = index, Wait = TimeSpan.FromSeconds(4) }).WithinAsync();
        Assert.Equal(index, after.Index);
        Assert.Single(after.Value, e => e.Checks.All(c => c.Status == CheckStatus.Passing));
        Assert.Single(host.Log.Entries, e => e.Message.StartsWith("Registered", StringComparison.Ordinal));
    }

    [RequiresConsulFact]
    public async Task CheckFunction_DecidesTheStatus_AndNothingItDoesEndsTheRegistration()
    {
        await using var registry = await TestRegistry.StartAsync();
        Func<CancellationToken, ValueTask<bool>> probe = _ => ValueTask.FromResult(true);
        await using var host = await TestHost.StartAsync(registry, "a", o => o.Checks.Ttl(TimeSpan.FromSeconds(1), token => probe(token)));
        await PassingAsync(registry, "a", 1);

        probe = _ => ValueTask.FromResult(false);
        await OutputAsync(registry, "is not well");
        probe = _ => throw new TimeZoneNotFoundException("no such zone");
        await OutputAsync(registry, "TimeZoneNotFoundException: no such zone");
        probe = async _ =>
        {
            await new TaskCompletionSource().Task;
            return true;
        };
        await OutputAsync(registry, "no answer within 0.333 s");
        probe = _ => ValueTask.FromResult(true);
        await PassingAsync(registry, "a", 1);
        Assert.True(host.State.IsSettled);
    }

    [RequiresConsulFact]
    public async Task TwoInstancesAndTwoServices_DoNotDisturbEachOther()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var first = await TestHost.StartAsync(registry, "a", services: s => s.AddServiceRegistration("b", o => o.DrainDelay = TimeSpan.Zero));
        await using var second = await TestHost.StartAsync(registry, "a");
        var two = await PassingAsync(registry, "a", 2);
        Assert.NotEqual(two[0].Service.Id, two[1].Service.Id);
        await PassingAsync(registry, "b", 1);
        Assert.Equal(["a", "b"], first.States.Select(s => s.ServiceName));
        await second.StopAsync();
        await PassingAsync(registry, "a", 1);
        await first.StopAsync();
        await PassingAsync(registry, "a", 0);
        await PassingAsync(registry, "b", 0);
    }

    [RequiresConsulFact]
    public async Task BoundToEveryAddress_RegistersOneThatAnswers()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var host = await TestHost.StartAsync(registry, "a", address: IPAddress.Any);
        var service = Assert.Single(await PassingAsync(registry, "a", 1)).Service;
        Assert.NotEqual(IPAddress.Any, IPAddress.Parse(service.Address));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse(service.Address), service.Port).WithinAsync();
    }

    [RequiresConsulFact]
    public async Task AgentDownAtShutdown_HostStopsAllTheSame()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var host = await TestHost.StartAsync(registry, "a", o => o.DrainDelay = TimeSpan.FromMinutes(1));
        await PassingAsync(registry, "a", 1);
        await registry.KillAsync();
        await host.StopAsync().WithinAsync(TimeSpan.FromSeconds(10));
        Assert.False(host.State.IsSettled);
        Assert.Contains(host.Log.Entries, e => e.Message.Contains("could not be deregistered", StringComparison.Ordinal));
    }

    [RequiresConsulFact]
    public async Task AgentRefuses_LoggedOnceAsAnError_AndTriedOn()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var peer = await LoopbackPeer.StartAsync(403, "Permission denied");
        await using var host = await TestHost.StartAsync(registry, "a", services: s => s.AddConsulClient(o => o.Address = peer.Address));
        host.Log.Expect(e => e.Message.Contains("refuses", StringComparison.Ordinal));
        await Eventually.TrueAsync(() => peer.Requests.Count > 3);
        Assert.Single(host.Log.Entries, e => e.Level == LogLevel.Error);
        Assert.Contains("CONSUL_HTTP_TOKEN", host.State.LastError, StringComparison.Ordinal);
    }

    [RequiresConsulFact]
    public async Task HostWithoutAServer_RegistersWhatItWasTold()
    {
        await using var registry = await TestRegistry.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddConsulClient(registry.Configure);
        builder.Services.AddServiceRegistration("worker", o =>
        {
            o.Address = "10.0.0.1";
            o.Port = 99;
            o.DrainDelay = TimeSpan.Zero;
        });
        using var host = builder.Build();
        await host.StartAsync().WithinAsync();
        Assert.Equal("worker-10.0.0.1-99", Assert.Single(await PassingAsync(registry, "worker", 1)).Service.Id);
        await host.StopAsync().WithinAsync();
        await PassingAsync(registry, "worker", 0);
    }

    private static async Task<IReadOnlyList<HealthServiceEntry>> PassingAsync(TestRegistry registry, string name, int count)
    {
        IReadOnlyList<HealthServiceEntry> found = [];
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    found = (await registry.Client.Health.ServiceAsync(name, new() { PassingOnly = true })).Value;
                }
                catch (ConsulException)
                {
                    return false;
                }

                return found.Count == count;
            },
            because: () => $"{found.Count} passing");
        return found;
    }

    private static Task OutputAsync(TestRegistry registry, string output) => Eventually.TrueAsync(async () =>
        (await registry.Client.Agent.ChecksAsync()).Value.Values.Any(
            c => c.Status == CheckStatus.Critical && c.Output.Contains(output, StringComparison.Ordinal)));
}
