using Grpc.Core;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class HashKeyTests
{
    [Theory]
    [InlineData("ring_hash")]
    [InlineData("maglev")]
    public async Task CallsWithTheSameMetadata_GoToTheSameInstance(string policy)
    {
        await using var a = await TextPeer.StartAsync(TextPeer.Echo());
        await using var b = await TextPeer.StartAsync(TextPeer.Echo());
        await using var c = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over(policy, static o => o.HashKey = HashKeySource.Header("X-User"), a.Endpoint, b.Endpoint, c.Endpoint);
        var used = new HashSet<string>();
        for (var user = 0; user < 40; user++)
        {
            var first = await CallAsync(channel, $"user {user}");
            Assert.Equal(first, await CallAsync(channel, $"user {user}"));
            used.Add(first);
        }

        Assert.Equal(3, used.Count);
    }

    [Fact]
    public async Task KeyOfACall_IsAllItsValuesAndItsPath()
    {
        var seen = new List<string?>();
        await using var a = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over(
            "ring_hash",
            o => o.HashKey = HashKeySource.From(call =>
            {
                seen.Add($"{call.Path} {call.GetHeader("x-user")}");
                return null;
            }),
            a.Endpoint);
        Metadata headers = new() { { "x-user", "yu" }, { "other", "1" }, { "x-user", "li" } };

        await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(headers), "x").ResponseAsync.WithinAsync();

        Assert.Equal("/test.Text/Unary yu,li", Assert.Single(seen.Distinct()));
    }

    [Fact]
    public async Task KeyBesideABalancer_IsRefused()
    {
        await using var directory = new Rollcall.Discovery.EndpointDirectory(new Rollcall.Discovery.StaticEndpointSource(Channels.Nobody()));
        await using var balancer = new ServiceBalancer(directory.Watch(new Rollcall.Discovery.ServiceQuery("peers")), new RandomPolicy());
        var options = new GrpcChannelOptions { Balancer = balancer, HashKey = HashKeySource.CallerAddress };

        var e = Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("http://peers", options));
        Assert.Contains("HashKey", e.Message, StringComparison.Ordinal);
    }

    private static async Task<string> CallAsync(GrpcChannel channel, string user)
    {
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions([new("x-user", user)]), "x");
        await call.ResponseAsync.WithinAsync();
        return call.GetEndpoint()!.Id;
    }
}
