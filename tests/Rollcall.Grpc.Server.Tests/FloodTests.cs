using System.Buffers.Binary;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Too much of everything: the server refuses it, keeps little of it, and goes on serving.</summary>
public sealed class FloodTests
{
    private static readonly byte[] s_body = RawCaller.Frame(new EchoRequest { Text = "f" });

    [Theory]
    [InlineData(1, 64 * 1024, 0x9u)]
    [InlineData(1000, 10, 0x1u)]
    [InlineData(2000, 1000, 0x1u)]
    public async Task TooLargeAHead_EndsTheConnectionAndNotTheServer(int count, int length, uint code)
    {
        await using var server = await GrpcTestServer.StartAsync();
        await using var caller = await FrameCaller.ConnectAsync(server.Address);

        await SendAsync(caller, EncodeHead(caller, count, length));
        await caller.Closed.WithinAsync();

        // A block that is not read to its end leaves the connection's table of headers unknown (RFC 9113 4.3), so that no further one can be read.
        Assert.NotNull(caller.GoAway);
        Assert.Equal((null, code), (caller.Answer(1).Reset, BinaryPrimitives.ReadUInt32BigEndian(caller.GoAway.Payload.AsSpan(4))));
        await BadInputTests.AssertServesAsync(server);
    }

    [Fact]
    public async Task HeadWithoutEnd_ClosesTheConnection()
    {
        await using var server = await GrpcTestServer.StartAsync();
        await using var caller = await FrameCaller.ConnectAsync(server.Address);
        await caller.SendAsync(new Http2Frame(
            FrameType.Headers, Http2Flags.None, 1, HeaderBlock.Encode(caller.CallHeaders(RawCaller.Unary))));
        var more = new Http2Frame(FrameType.Continuation, Http2Flags.None, 1, HeaderBlock.Encode(("x-more", new string('v', 8000)))).ToBytes();

        var sent = 0L;
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            // The limit is 32 KB; the rest of this is what two sockets may hold.
            for (; sent < 100_000_000; sent += more.Length)
            {
                await caller.SendAsync(more);
            }
        });

        await caller.Closed.WithinAsync();
        await BadInputTests.AssertServesAsync(server);
    }

    [Fact]
    public async Task RapidResets_LeaveNoHandlerBehind()
    {
        // Kestrel closes a connection whose resets come faster than it clears them away, and may then count one of its calls as running until the
        // server is told to stop waiting (seen in 1 of 100 floods on one processor, also with a handler of ASP.NET Core alone).
        await using var server = await GrpcTestServer.StartAsync(
            services: services => services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1)));

        // The transport calls it critical that it closes such a connection.
        server.Logs.Expect(entry => entry.Category.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal));
        var running = 0;
        server.Behavior.ClientStream = async (requests, _) =>
        {
            Interlocked.Increment(ref running);
            try
            {
                await requests.MoveNext();
                return new EchoReply();
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        };
        await using (var caller = await FrameCaller.ConnectAsync(server.Address))
        {
            var block = HeaderBlock.Encode(caller.CallHeaders(RawCaller.ClientStream));
            try
            {
                for (var stream = 1; stream < 20_000; stream += 2)
                {
                    await caller.SendAsync(
                    [
                        .. new Http2Frame(FrameType.Headers, Http2Flags.EndHeaders, stream, block).ToBytes(),
                        .. Http2Frame.Reset(stream, 8).ToBytes(),
                    ]);
                }
            }
            catch (IOException)
            {
                // The server may have had enough of it.
            }

            await BadInputTests.AssertServesAsync(server);
        }

        await Eventually.TrueAsync(() => Volatile.Read(ref running) == 0);
    }

    [Theory]
    [InlineData(FrameType.Ping, 8)]
    [InlineData(FrameType.Settings, 0)]
    public async Task ThousandsOfFramesThatAskForAnAnswer_DoNotDisturb(FrameType type, int length)
    {
        await using var server = await GrpcTestServer.StartAsync();
        await using var caller = await FrameCaller.ConnectAsync(server.Address);
        var frame = new Http2Frame(type, Http2Flags.None, 0, new byte[length]).ToBytes();

        for (var i = 0; i < 5000; i++)
        {
            await caller.SendAsync(frame);
        }

        await BadInputTests.AssertServesAsync(caller, 1);
    }

    [Fact]
    public async Task ThousandsOfEmptyPieces_AreOneMessage()
    {
        await using var server = await GrpcTestServer.StartAsync();
        await using var caller = await FrameCaller.ConnectAsync(server.Address);

        await caller.StartAsync(1, RawCaller.Unary);
        for (var i = 0; i < 5000; i++)
        {
            await caller.DataAsync(1, [], endStream: false);
        }

        await caller.DataAsync(1, s_body, endStream: true);
        await caller.Answer(1).Ended.WithinAsync();

        Assert.Equal("0", caller.Answer(1).ToResponse().GrpcStatus);
    }

    /// <summary>A call with so many headers more than usual, each of the same length: its frames.</summary>
    internal static byte[][] EncodeHead(FrameCaller caller, int count, int length)
    {
        var block = HeaderBlock.Encode(
            [.. caller.CallHeaders(RawCaller.Unary), .. Enumerable.Range(0, count).Select(i => ($"x-{i}", new string('v', length)))]);
        var pieces = block.Chunk(16_000).ToArray();
        return [.. pieces.Select((piece, i) => new Http2Frame(
            i == 0 ? FrameType.Headers : FrameType.Continuation,
            (i == 0 ? Http2Flags.EndStream : Http2Flags.None) | (i == pieces.Length - 1 ? Http2Flags.EndHeaders : Http2Flags.None),
            1,
            piece).ToBytes())];
    }

    /// <summary>Sends them, or as many as the server takes.</summary>
    internal static async Task SendAsync(FrameCaller caller, byte[][] frames)
    {
        try
        {
            foreach (var frame in frames)
            {
                await caller.SendAsync(frame);
            }
        }
        catch (IOException)
        {
            // Refused before its end.
        }
    }
}
