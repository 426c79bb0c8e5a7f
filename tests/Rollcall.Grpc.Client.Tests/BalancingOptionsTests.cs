using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Consul;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>What is around the policy, set in code.</summary>
public class BalancingOptionsTests
{
    private const string Address = "http://localhost:5001";

    [Fact]
    public async Task Balancing_IsThatOfTheChannelsBalancer()
    {
        var options = new GrpcChannelOptions { Balancing = { MaxInFlight = 1 } };
        using var channel = GrpcChannel.ForAddress(Address, options);
        options.Balancing.MaxInFlight = 5;

        var lease = await channel.Balancer.PickAsync(default);
        var full = await Assert.ThrowsAsync<NoEndpointException>(() => channel.Balancer.PickAsync(default).AsTask());

        Assert.Equal(NoEndpointReason.AllFull, full.Reason);
        lease.Complete(new CallOutcome(CallResult.Success, TimeSpan.Zero));
        (await channel.Balancer.PickAsync(default)).Complete(new CallOutcome(CallResult.Success, TimeSpan.Zero));
    }

    [Fact]
    public async Task InstanceThatFails_IsEjectedWithItsLastStatus()
    {
        await using var bad = await TextPeer.StartAsync(static context => TextPeer.Refuse(context, (int)StatusCode.ResourceExhausted, "too much"));
        await using var good = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over("pick_first", null, bad.Endpoint, good.Endpoint);

        for (var i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<RpcException>(() => CallAsync().WithinAsync());
        }

        Assert.Equal("x", await CallAsync().WithinAsync());
        var ejected = Assert.Single(channel.Balancer.Describe().Endpoints, static e => e.Standing == EndpointStanding.Ejected);
        Assert.Equal((bad.Port, "5 calls in a row failed, the last with ResourceExhausted: too much"), (ejected.Endpoint.Port, ejected.Reason));

        Task<string> CallAsync() => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync;
    }

    [Fact]
    public void WrongBalancing_IsRefusedWithTheChannel()
    {
        var e = Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress(Address, new GrpcChannelOptions { Balancing = { PanicThreshold = 101 } }));

        Assert.Contains("PanicThreshold must be from 0 to 100, and is 101", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongBalancing_LeavesNothingThatAsksConsul()
    {
        var port = FreePort.Next();
        var options = new GrpcChannelOptions { Balancing = { PanicThreshold = 101 } };
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress($"consul://127.0.0.1:{port}/orders", options));

        Assert.DoesNotContain(ConsulDirectories.Describe(), directory => directory.SourceName.TrimEnd('/').EndsWith($":{port}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BalancerOfTheCallersOwn_BringsItsOwn()
    {
        await using var directory = new EndpointDirectory(StaticEndpointSource.ForAddress("localhost", 5001));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("x")), BalancingPolicies.Find("round_robin"));
        var options = new GrpcChannelOptions { Balancer = balancer };
        using (GrpcChannel.ForAddress(Address, options))
        {
            Assert.Same(balancer, GrpcChannel.ForAddress(Address, options).Balancer);
        }

        options.Balancing.MaxInFlight = 1;
        var e = Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress(Address, options));
        Assert.Contains("Balancing", e.Message, StringComparison.Ordinal);
    }
}
