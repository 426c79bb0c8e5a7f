using Grpc.Core;
using Grpc.Core.Utils;
using Rollcall.Discovery;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Servers that stop and come back under load, without any retry policy.</summary>
public sealed class RollingRestartTests
{
    private const int Restarts = 10;
    private const int Callers = 12;

    private static readonly EchoRequest s_request = new() { Text = "x", Count = 3 };

    [Theory]
    [InlineData("round_robin")]
    [InlineData("pick_first")]
    public async Task ServersInUseRestartAgainAndAgain_NoCallFails(string policy)
    {
        // Nobody else gets these ports while their server is away.
        List<GrpcTestServer> servers = [await GrpcTestServer.StartAsync(port: FreePort.Next()), await GrpcTestServer.StartAsync(port: FreePort.Next())];
        var endpoints = servers.Select((server, i) => new Endpoint($"{i}", "127.0.0.1", server.Address.Port));
        await using var channel = GrpcChannel.ForAddress(
            "consul:///echo", new GrpcChannelOptions { Directory = new EndpointDirectory(new StaticEndpointSource(endpoints)), Policy = policy });
        var client = new Echo.EchoClient(channel);
        var go = true;
        var calls = 0;
        var lastPort = 0;

        var load = Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            while (Volatile.Read(ref go))
            {
                var endpoint = await CallAsync(client, kind: caller % 4);
                Volatile.Write(ref lastPort, endpoint!.Port);
                Interlocked.Increment(ref calls);
            }
        })));
        for (var i = 0; i < Restarts && !load.IsCompleted; i++)
        {
            await MoreCallsAsync();
            var inUse = servers.Single(server => server.Address.Port == Volatile.Read(ref lastPort));
            servers.Remove(inUse);
            await inUse.DisposeAsync();
            await MoreCallsAsync();
            servers.Add(await GrpcTestServer.StartAsync(port: inUse.Address.Port));
        }

        Volatile.Write(ref go, false);
        await load.WithinAsync(TimeSpan.FromSeconds(30));
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }

        Task MoreCallsAsync()
        {
            var before = Volatile.Read(ref calls);
            return Eventually.TrueAsync(() => Volatile.Read(ref calls) > before + 50 || load.IsCompleted, TimeSpan.FromSeconds(30));
        }
    }

    private static async Task<Endpoint?> CallAsync(Echo.EchoClient client, int kind)
    {
        switch (kind)
        {
            case 0:
                using (var call = client.UnaryAsync(s_request))
                {
                    Assert.Equal("x", (await call.ResponseAsync).Text);
                    return call.GetEndpoint();
                }

            case 1:
                using (var call = client.ServerStream(s_request))
                {
                    Assert.Equal(3, (await call.ResponseStream.ToListAsync()).Count);
                    return call.GetEndpoint();
                }

            case 2:
                using (var call = client.ClientStream())
                {
                    await call.RequestStream.WriteAllAsync([s_request, s_request]);
                    Assert.Equal("x,x", (await call.ResponseAsync).Text);
                    return call.GetEndpoint();
                }

            default:
                using (var call = client.Duplex())
                {
                    for (var i = 0; i < 3; i++)
                    {
                        await call.RequestStream.WriteAsync(s_request);
                        Assert.True(await call.ResponseStream.MoveNext());
                    }

                    await call.RequestStream.CompleteAsync();
                    Assert.False(await call.ResponseStream.MoveNext());
                    return call.GetEndpoint();
                }
        }
    }
}
