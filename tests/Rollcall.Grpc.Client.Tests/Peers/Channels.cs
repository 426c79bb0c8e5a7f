using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Channels over several endpoints.</summary>
internal static class Channels
{
    public static GrpcChannel Over(string policy, Action<GrpcChannelOptions>? configure, params Endpoint[] endpoints)
    {
        var options = new GrpcChannelOptions { Directory = new EndpointDirectory(new StaticEndpointSource(endpoints)), Policy = policy };
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
