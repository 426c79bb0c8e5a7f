using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Server;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>What streams see of a server that drains.</summary>
public sealed class GrpcDrainTests
{
    [Fact]
    public async Task StreamOpenedLateInTheDrain_Lives_AndGetsItsTimeWhenTheDrainIsOver()
    {
        var clock = new FakeTimeProvider();
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var instance = await GrpcInstance.StartAsync(registry, services =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.Configure<GrpcServiceOptions>(o => o.StreamShutdownDelay = TimeSpan.FromSeconds(5));
            services.AddServiceRegistration(GrpcInstance.ServiceName, o => o.DrainDelay = TimeSpan.FromSeconds(20));
        });
        await registry.PassingAsync(GrpcInstance.ServiceName, 1);

        var stopping = instance.StopBySignalAsync();
        await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(20));
        clock.Advance(TimeSpan.FromSeconds(19));
        await using var channel = GrpcChannel.ForAddress(instance.Address);
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(GrpcInstance.Chat, null, default);
        await PingAsync(call);

        clock.Advance(TimeSpan.FromSeconds(1));
        await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        await PingAsync(call);

        clock.Advance(TimeSpan.FromSeconds(5));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().WithinAsync());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        await channel.DisposeAsync();
        await clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => stopping.IsCompleted);
        await stopping;
    }

    private static async Task PingAsync(AsyncDuplexStreamingCall<string, string> call)
    {
        await call.RequestStream.WriteAsync("x").WithinAsync();
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync());
    }
}
