using System.Collections.Frozen;
using Grpc.Core;
using Rollcall.Discovery;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Calls that are sent to instances on trial by their metadata.</summary>
public sealed class CanaryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MetadataOfACall_DecidesWhereItGoes(bool hedged)
    {
        await using var old = await TextPeer.StartAsync(TextPeer.Echo());
        await using var trial = await TextPeer.StartAsync(TextPeer.Echo());
        await using var directory = new EndpointDirectory(new StaticEndpointSource(Version(old, "1.0.0"), Version(trial, "2.0.0")));
        using var channel = GrpcChannel.ForAddress(
            "consul:///texts?canary.version=^2&canary.header=x-canary&policy=round_robin",
            new GrpcChannelOptions { Directory = directory, ServiceConfig = hedged ? Policies.Hedge(2, TimeSpan.FromSeconds(30)) : null });
        var client = new TextClient(channel);

        for (var i = 0; i < 4; i++)
        {
            await client.UnaryAsync("a");
            await client.UnaryAsync("a", new CallOptions([new Metadata.Entry("x-canary", "always")]));
            await client.UnaryAsync("a", new CallOptions([new Metadata.Entry("x-canary", "never")]));
        }

        Assert.Equal(8, old.Requests);
        Assert.Equal(4, trial.Requests);
    }

    private static Endpoint Version(TextPeer peer, string version) => new(peer.Endpoint.Id, peer.Endpoint.Host, peer.Endpoint.Port)
    {
        Metadata = new Dictionary<string, string> { ["version"] = version }.ToFrozenDictionary(),
    };
}
