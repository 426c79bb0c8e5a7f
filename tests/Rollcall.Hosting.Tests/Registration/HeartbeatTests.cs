using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests.Registration;

public sealed class HeartbeatTests
{
    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task TtlCheckRemovedBehindItsBack_ComesBack(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var host = await TestHost.StartAsync(registry, "a", o => o.Checks.Ttl(TimeSpan.FromSeconds(1.5)));
        await registry.PassingAsync("a", 1);
        var check = $"service:{host.State.ServiceId}:ttl";
        await registry.Client.Agent.DeregisterCheckAsync(check);
        await Eventually.TrueAsync(async () => (await registry.Client.Agent.ChecksAsync()).Value.ContainsKey(check));
        host.Log.AssertNoErrors();
    }

    [RequiresConsulFact]
    public async Task Heartbeats_DoNotMoveTheIndex()
    {
        await using var registry = await TestRegistry.StartAsync("real");
        await using var host = await TestHost.StartAsync(registry, "a", o => o.Checks.Ttl(TimeSpan.FromSeconds(3), _ => ValueTask.FromResult(true)));
        await registry.PassingAsync("a", 1);
        var index = (await registry.Client.Health.ServiceAsync("a")).Index;

        // Four heartbeats and a poll later nothing has changed: the query waits its whole time.
        var after = await registry.Client.Health.ServiceAsync("a", new() { Index = index, Wait = TimeSpan.FromSeconds(4) }).WithinAsync();
        Assert.True(index == after.Index, $"{index} became {after.Index}: {string.Join(", ", after.Value.SelectMany(e => e.Checks))}");
        Assert.Single(after.Value, e => e.Checks.All(c => c.Status == CheckStatus.Passing));
        Assert.Single(host.Log.Entries, e => e.Message.StartsWith("Registered", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task CheckFunction_DecidesTheStatus_AndNothingItDoesEndsTheRegistration(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        Func<CancellationToken, ValueTask<bool>> probe = _ => ValueTask.FromResult(true);
        await using var host = await TestHost.StartAsync(registry, "a", o => o.Checks.Ttl(TimeSpan.FromSeconds(1), token => probe(token)));
        await registry.PassingAsync("a", 1);

        probe = _ => ValueTask.FromResult(false);
        await OutputAsync(registry, "is not well");
        probe = _ => throw new TimeZoneNotFoundException("no such zone");
        await OutputAsync(registry, "TimeZoneNotFoundException: no such zone");
        var hang = new TaskCompletionSource<bool>();
        var hung = 0;
        probe = _ =>
        {
            hung++;
            return new(hang.Task);
        };
        await OutputAsync(registry, "no answer within 0.333 s");
        await registry.Client.Agent.DeregisterAsync(host.State.ServiceId!);
        await Eventually.TrueAsync(async () => (await registry.Client.Agent.ServiceAsync(host.State.ServiceId!)).Found);
        Assert.Equal(1, hung);
        probe = _ => ValueTask.FromResult(true);
        hang.SetResult(true);
        await registry.PassingAsync("a", 1);
        Assert.True(host.State.IsSettled);
    }

    private static Task OutputAsync(TestRegistry registry, string output) => Eventually.TrueAsync(async () =>
        (await registry.Client.Agent.ChecksAsync()).Value.Values.Any(
            c => c.Status == CheckStatus.Critical && c.Output.Contains(output, StringComparison.Ordinal)));
}
