using System.IO.Compression;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Bytes that announce more than they are do not make the server reserve it.</summary>
[Collection(MeasuresMemory.Name)]
public sealed class BadInputMemoryTests
{
    private const int Calls = 20;

    [Fact]
    public async Task Bombs_CostAsMuchAsTheLimit()
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.MaxReceiveMessageSize = 100_000);
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[10_000_000]);
        }

        var body = RawCaller.Frame(packed.ToArray(), 1);

        // Ten megabytes each, if they were unpacked to their end.
        Assert.InRange(await AllocatedByAsync(server, body, "8", ("grpc-encoding", "gzip")), 0, Calls * 2_000_000L);
    }

    [Theory]
    [InlineData(0x7f, "13")]
    [InlineData(0xff, "8")]
    public async Task AnnouncedLengths_AreNotReserved(byte first, string status)
    {
        await using var server = await GrpcTestServer.StartAsync(options => options.MaxReceiveMessageSize = null);

        Assert.InRange(await AllocatedByAsync(server, [0, first, 0xff, 0xff, 0xff, 1, 2, 3], status), 0, Calls * 2_000_000L);
    }

    private static async Task<long> AllocatedByAsync(GrpcTestServer server, byte[] body, string status, params (string, string)[] headers)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Calls; i++)
        {
            await using var caller = await FrameCaller.ConnectAsync(server.Address);
            Assert.Equal(status, (await caller.CallAsync(1, RawCaller.Unary, body, headers)).GrpcStatus);
        }

        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }
}
