using System.IO.Compression;
using Grpc.Core;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Answers that announce more than they are, or are more than anybody reads, do not make the caller reserve it.</summary>
[Collection(MeasuresMemory.Name)]
public class BadAnswerMemoryTests
{
    private const int Calls = 20;

    [Fact]
    public async Task Bombs_CostAsMuchAsTheLimit()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[10_000_000]);
        }

        var body = TextPeer.Frame(packed.ToArray(), 1);
        await using var peer = FramePeer.Start(async (connection, id) =>
        {
            await connection.HeadersAsync(id, false, (":status", "200"), ("content-type", "application/grpc"), ("grpc-encoding", "gzip"));
            await connection.DataAsync(id, body);
            await connection.TrailersAsync(id, 0);
        });

        // Ten megabytes each, if they were unpacked to their end.
        Assert.InRange(await AllocatedByAsync(peer, StatusCode.ResourceExhausted, limit: 100_000), 0, Calls * 500_000L);
    }

    [Theory]
    [InlineData(0x7f, StatusCode.Internal)]
    [InlineData(0xff, StatusCode.ResourceExhausted)]
    public async Task AnnouncedLengths_AreNotReserved(byte first, StatusCode expected)
    {
        byte[] body = [0, first, 0xff, 0xff, 0xff, 1, 2, 3];
        await using var peer = FramePeer.Start(async (connection, id) =>
        {
            await connection.ResponseHeadersAsync(id);
            await connection.DataAsync(id, body);
            await connection.TrailersAsync(id, 0);
        });

        Assert.InRange(await AllocatedByAsync(peer, expected, limit: null), 0, Calls * 500_000L);
    }

    [Fact]
    public async Task HeaderFloods_AreReadToTheLimit()
    {
        // The first stream of each connection, which ends with it.
        var frames = FramePeerConnection.InPieces(
            1, [(":status", "200"), ("content-type", "application/grpc"), .. Enumerable.Range(0, 10_000).Select(i => ($"x-{i}", new string('v', 1000)))]);
        await using var peer = FramePeer.Start((connection, _) => connection.SendAsync(frames));

        // The limit is 1 MB of ten, and a text has two bytes for each of it.
        Assert.InRange(await AllocatedByAsync(peer, StatusCode.Unavailable, limit: null), 0, Calls * 5_000_000L);
        Assert.Equal(Calls, peer.Connections);
    }

    private static async Task<long> AllocatedByAsync(FramePeer peer, StatusCode expected, int? limit)
    {
        await using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { MaxReceiveMessageSize = limit });
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Calls; i++)
        {
            var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync;
            Assert.Equal(expected, (await Assert.ThrowsAsync<RpcException>(() => call.WithinAsync())).StatusCode);
        }

        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
