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

    [Theory]
    [InlineData(1, 64 * 1024)]
    [InlineData(1000, 10)]
    [InlineData(2000, 1000)]
    public async Task TooLargeHeads_AreNotKept(int count, int length)
    {
        await using var server = await GrpcTestServer.StartAsync();
        byte[][] frames = [];
        var before = 0L;
        for (var i = 0; i <= Calls; i++)
        {
            await using var caller = await FrameCaller.ConnectAsync(server.Address);
            if (i == 0)
            {
                frames = FloodTests.EncodeHead(caller, count, length);
                before = GC.GetTotalAllocatedBytes(precise: true);
            }

            await FloodTests.SendAsync(caller, frames);
            await Eventually.TrueAsync(() => caller.GoAway is not null);
        }

        // The limit is 32 KB. Each has a connection of its own, on which the transport reads a megabyte ahead.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, Calls * 2_000_000L);
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
