using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests.Registration;

public sealed class RegistrationRecoveryTests
{
    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task AgentKilledAndRestartedEmpty_RegisteredAgainWithin5Seconds(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var host = await TestHost.StartAsync(registry, "a");
        await registry.PassingAsync("a", 1);
        for (var round = 0; round < 2; round++)
        {
            await registry.KillAsync();
            await Eventually.TrueAsync(() => host.State.LastError is not null);
            await registry.RestartEmptyAsync();
            var started = TimeProvider.System.GetTimestamp();
            await registry.PassingAsync("a", 1);
            Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
            await Eventually.TrueAsync(() => host.State.IsSettled);
        }

        Assert.Equal(2, host.Log.Entries.Count(e => e.Level == LogLevel.Warning && e.Message.Contains("can't be asked", StringComparison.Ordinal)));
        host.Log.AssertNoErrors();
    }

    [Fact]
    public async Task LogThatCannotBeWritten_CostsItsLinesAndNoRegistration()
    {
        var disk = new FullDisk { HasRoom = true };
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var host = await TestHost.StartAsync(registry, "a", services: s => s.AddLogging(logging => logging.AddProvider(disk)));
        await registry.PassingAsync("a", 1);
        disk.HasRoom = false;
        await registry.KillAsync();
        await Eventually.TrueAsync(() => disk.Refused > 0);
        disk.HasRoom = true;

        await registry.RestartEmptyAsync();
        await registry.PassingAsync("a", 1);
        await host.StopAsync();
        await registry.PassingAsync("a", 0);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task AgentReplacedWithoutANoticedOutage_RegisteredAgainWithin5Seconds(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var host = await TestHost.StartAsync(registry, "a", o => o.Checks.None());
        await registry.PassingAsync("a", 1);
        await registry.RestartEmptyAsync();
        var started = TimeProvider.System.GetTimestamp();
        await registry.PassingAsync("a", 1);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task AgentDownAtStart_HostStarts_SaysSoOnce_AndRegistersWhenItIsThere(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await registry.KillAsync();
        await using var host = await TestHost.StartAsync(registry, "a");
        await Eventually.TrueAsync(() => host.State.LastError is not null);
        Assert.Equal((RegistrationPresence.Registered, RegistrationPresence.Unknown), (host.State.Desired, host.State.Actual));
        Assert.Contains("rollcall agent -dev", host.State.LastError, StringComparison.Ordinal);
        var health = (await host.HealthAsync()).Entries["service-registration"];
        Assert.Equal(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded, health.Status);
        Assert.Contains("is to be Registered, is Unknown", health.Description, StringComparison.Ordinal);

        await registry.RestartEmptyAsync();
        await registry.PassingAsync("a", 1);
        await Eventually.TrueAsync(() => host.State.IsSettled);
        Assert.Equal(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy, (await host.HealthAsync()).Status);
        Assert.Single(host.Log.Entries, e => e.Message.Contains("can't be asked", StringComparison.Ordinal));
        host.Log.AssertNoErrors();
    }

    [RequiresConsulFact]
    public async Task DeregisteredBehindItsBack_ComesBack()
    {
        await using var registry = await TestRegistry.StartAsync("real");
        await using var host = await TestHost.StartAsync(registry, "a");
        await registry.PassingAsync("a", 1);
        await registry.Client.Agent.DeregisterAsync(host.State.ServiceId!);
        await registry.PassingAsync("a", 1);
    }

    [RequiresConsulFact]
    public async Task OverwrittenByAnother_IsPutRight()
    {
        await using var registry = await TestRegistry.StartAsync("real");
        await using var host = await TestHost.StartAsync(registry, "a");
        var port = Assert.Single(await registry.PassingAsync("a", 1)).Service.Port;
        await registry.Client.Agent.RegisterAsync(new() { Id = host.State.ServiceId, Name = "a", Port = 1, Tags = ["wrong"] });
        await Eventually.TrueAsync(async () => (await registry.Client.Agent.ServiceAsync(host.State.ServiceId!)).Value?.Port == port);
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task AgentRefuses_LoggedOnceAsAnError_AndTriedOn(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var peer = await LoopbackPeer.StartAsync(403, "Permission denied");
        await using var host = await TestHost.StartAsync(registry, "a", services: s => s.AddConsulClient(o => o.Address = peer.Address));
        host.Log.Expect(e => e.Message.Contains("refuses", StringComparison.Ordinal));
        await Eventually.TrueAsync(() => peer.Requests.Count > 3);
        Assert.Single(host.Log.Entries, e => e.Level == LogLevel.Error);
        Assert.Contains("Put a token that may do this into CONSUL_HTTP_TOKEN.", host.State.LastError, StringComparison.Ordinal);
    }
}
