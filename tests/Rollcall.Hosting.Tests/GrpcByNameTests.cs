using System.Collections.Concurrent;
using Grpc.Core;
using Rollcall.Grpc.Client;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>Servers that register themselves, called by name.</summary>
public sealed class GrpcByNameTests
{
    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task AgentAwayForAWhileAndBackEmpty_NoCallFails_AndNewInstancesAreCalled(string agent)
    {
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var first = await GrpcInstance.StartAsync(registry);
        await using var second = await GrpcInstance.StartAsync(registry);
        await registry.PassingAsync(GrpcInstance.ServiceName, 2);
        await using var channel = GrpcChannel.ForAddress(
            $"consul:///{GrpcInstance.ServiceName}?policy=round_robin", new GrpcChannelOptions { ConfigureConsul = registry.Configure });
        var invoker = channel.CreateCallInvoker();
        var answered = new ConcurrentDictionary<string, int>();
        using var stop = new CancellationTokenSource();
        var callers = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(CallAsync)));
        await Eventually.TrueAsync(() => answered.Count == 2 || callers.IsCompleted);

        await registry.KillAsync();
        await Eventually.TrueAsync(() =>
            channel.Balancer.Watch.Failure is not null && first.State.LastError is not null && second.State.LastError is not null);
        var before = answered.Values.Sum();
        await Eventually.TrueAsync(() => answered.Values.Sum() > before + 1000 || callers.IsCompleted);

        await registry.RestartEmptyAsync();
        var returned = TimeProvider.System.GetTimestamp();
        await registry.PassingAsync(GrpcInstance.ServiceName, 2);
        Assert.InRange(TimeProvider.System.GetElapsedTime(returned), TimeSpan.Zero, TimeSpan.FromSeconds(5));

        await using var third = await GrpcInstance.StartAsync(registry);
        await Eventually.TrueAsync(() => answered.ContainsKey(third.State.ServiceId!) || callers.IsCompleted, TimeSpan.FromSeconds(20));
        await stop.CancelAsync();
        await callers.WithinAsync();
        Assert.Equal(3, answered.Count);

        async Task CallAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                // A call that fails ends its caller, and the test with what it says.
                using var call = invoker.AsyncUnaryCall(
                    GrpcInstance.Echo, null, new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(10)), "x");
                Assert.Equal("x", await call.ResponseAsync);
                answered.AddOrUpdate(call.GetEndpoint()!.Id, 1, (_, n) => n + 1);
            }
        }
    }
}
