using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Channels over several endpoints.</summary>
internal static class Channels
{
    /// <summary>A channel whose endpoints keep the given order, which pick_first goes by.</summary>
    public static GrpcChannel Over(string policy, Action<GrpcChannelOptions>? configure, params Endpoint[] endpoints)
    {
        var ordered = endpoints.Select((e, i) => new Endpoint($"{i}", e.Host, e.Port));
        var options = new GrpcChannelOptions { Directory = new EndpointDirectory(new StaticEndpointSource(ordered)), Policy = policy };
        configure?.Invoke(options);
        return GrpcChannel.ForAddress("consul:///peers", options);
    }

    /// <summary>Somewhere that nobody listens.</summary>
    public static Endpoint Nobody()
    {
        var port = Rollcall.TestKit.FreePort.Next();
        return new Endpoint($"nobody-{port}", "127.0.0.1", port);
    }
}
