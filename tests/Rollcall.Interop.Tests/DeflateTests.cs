using Rollcall.Grpc.Client;
using Rollcall.Interop.Tests.Peers;
using Rollcall.Interop.Tests.Protocol;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>The compression whose name means two formats: gRPC's is that of zlib.</summary>
public class DeflateTests(PeerServers peers) : IClassFixture<PeerServers>
{
    [RequiresPythonGrpcFact]
    public async Task OwnServer_CalledByPython()
    {
        var own = new OwnServer { ResponseCompression = "deflate" };
        await own.InitializeAsync();
        try
        {
            await ForeignPeer.Python.RunClientAsync(own.Target, "deflate_both_ways");
        }
        finally
        {
            await own.DisposeAsync();
        }
    }

    [RequiresPythonGrpcFact]
    public async Task OwnClient_AgainstPython()
    {
        var target = await peers.GetTargetAsync(ForeignPeer.Python);
        await using var channel = GrpcChannel.ForAddress($"http://{target}", new GrpcChannelOptions { RequestCompressionAlgorithm = "deflate" });
        var request = new SimpleRequest { ResponseSize = 314_159, Payload = new Payload { Body = Google.Protobuf.ByteString.CopyFrom(new byte[271_828]) } };

        var response = await new TestService.TestServiceClient(channel).UnaryCallAsync(request).ResponseAsync.WithinAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(314_159, response.Payload.Body.Length);
    }
}
