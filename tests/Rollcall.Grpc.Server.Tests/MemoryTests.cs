using Google.Protobuf;
using Grpc.Core;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>What calls take of the process that holds caller and server, and what is left of it afterwards.</summary>
[Collection(MeasuresMemory.Name)]
public sealed class MemoryTests
{
    private const int Megabyte = 1024 * 1024;

    // Of a long stream.
    private const int Parts = 4;

    private static readonly ByteString s_small = ByteString.CopyFrom(new byte[100]);

    [Fact]
    public async Task MessagesOfFourMegabytes_GoThereAndBackAndLeaveNothing()
    {
        const int Rounds = 9;
        const int CallsOfARound = 10;
        await using var server = await GrpcTestServer.StartAsync(o => o.MaxReceiveMessageSize = 5 * Megabyte);
        await using var channel = GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions { MaxReceiveMessageSize = 5 * Megabyte });
        var client = new Echo.EchoClient(channel);
        var request = new EchoRequest { Payload = ByteString.CopyFrom(RandomBytes(4 * Megabyte)) };
        async Task CallAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                Assert.Equal(request.Payload, (await client.UnaryAsync(request).ResponseAsync.WithinAsync()).Payload);
            }
        }

        await CallAsync(40);
        var grown = new long[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            var before = LiveBytes();
            await CallAsync(CallsOfARound);
            grown[round] = LiveBytes() - before;
        }

        // A thread that comes along brings arrays of its own into the pool, which are given back some time later. What calls leave would be there after each
        // round: a tenth of a message for each call is too much.
        Array.Sort(grown);
        Assert.True(grown[Rounds / 2] < 4 * Megabyte, $"grown by {string.Join(", ", grown)} bytes, in order");
    }

    [Fact]
    public async Task ManySmallResponses_TakeLittleEachAndLeaveNothing()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var reply = new EchoReply { Payload = s_small };
        using var goOn = new SemaphoreSlim(0);
        server.Behavior.ServerStream = async (request, responses, _) =>
        {
            for (var i = 0; i < request.Count; i++)
            {
                if (i % (request.Count / Parts) == 0)
                {
                    await goOn.WaitAsync();
                }

                await responses.WriteAsync(reply);
            }
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);

        // The message that the reader gets is 200 of them.
        await AssertTakesLittleAsync(320, async (count, look) =>
        {
            using var call = client.ServerStream(new EchoRequest { Count = count });
            for (var part = 0; part < Parts; part++)
            {
                goOn.Release();
                await ReadAsync(call.ResponseStream, count / Parts);
                look();
            }

            Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        });
    }

    [Fact]
    public async Task ManySmallRequests_TakeLittleEachAndLeaveNothing()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var request = new EchoRequest { Payload = s_small };
        var part = 0;
        using var partRead = new SemaphoreSlim(0);
        server.Behavior.ClientStream = async (requests, _) =>
        {
            var read = 0;
            while (await requests.MoveNext())
            {
                if (++read % part == 0)
                {
                    partRead.Release();
                }
            }

            return new EchoReply { Text = $"{read}" };
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);

        // The message that the handler gets is 200 of them; most of the rest is the HTTP handler's.
        await AssertTakesLittleAsync(1500, async (count, look) =>
        {
            part = count / Parts;
            using var call = client.ClientStream();
            for (var i = 0; i < Parts; i++)
            {
                await WriteAsync(call.RequestStream, request, part);
                await partRead.WaitAsync();
                look();
            }

            await call.RequestStream.CompleteAsync();
            Assert.Equal($"{count}", (await call.ResponseAsync).Text);
        });
    }

    [Fact]
    public async Task ManySmallMessagesBothWays_TakeLittleEachAndLeaveNothing()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var request = new EchoRequest { Payload = s_small };
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);

        // Three messages are made for each that is sent.
        await AssertTakesLittleAsync(2000, async (count, look) =>
        {
            using var call = client.Duplex();
            for (var part = 0; part < Parts; part++)
            {
                var writing = WriteAsync(call.RequestStream, request, count / Parts);
                await ReadAsync(call.ResponseStream, count / Parts);
                await writing;
                look();
            }

            await call.RequestStream.CompleteAsync();
            Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        });
    }

    [Fact]
    public async Task CallerThatDoesNotRead_StopsTheHandler()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var reply = new EchoReply { Payload = ByteString.CopyFrom(new byte[100]) };
        var written = 0;
        server.Behavior.ServerStream = async (_, responses, _) =>
        {
            while (true)
            {
                await responses.WriteAsync(reply);
                Interlocked.Increment(ref written);
            }
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);

        using var call = new Echo.EchoClient(channel).ServerStream(new EchoRequest());
        await call.ResponseHeadersAsync.WithinAsync();
        var heldAt = await Eventually.SettledAsync(() => Volatile.Read(ref written));

        Assert.InRange(heldAt * (long)reply.CalculateSize(), 1, Megabyte);
    }

    [Fact]
    public async Task ServerThatDoesNotRead_StopsTheCaller()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.ClientStream = async (requests, _) =>
        {
            await read.Task.WithinAsync();
            var count = 0;
            while (await requests.MoveNext())
            {
                count++;
            }

            return new EchoReply { Text = $"{count}" };
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var request = new EchoRequest { Payload = ByteString.CopyFrom(new byte[1000]) };
        var written = 0;
        var stop = false;

        using var call = new Echo.EchoClient(channel).ClientStream();
        var writing = Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop))
            {
                await call.RequestStream.WriteAsync(request);
                Interlocked.Increment(ref written);
            }

            await call.RequestStream.CompleteAsync();
        });
        var heldAt = await Eventually.SettledAsync(() => Volatile.Read(ref written));
        Volatile.Write(ref stop, true);
        read.SetResult();
        await writing.WithinAsync();

        // Kestrel lets a stream send 768 KB ahead, and a connection 1 MB.
        Assert.InRange(heldAt * (long)request.CalculateSize(), 1, 2 * Megabyte);
        Assert.Equal($"{written}", (await call.ResponseAsync.WithinAsync()).Text);
    }

    // At each look nothing is on its way, and what the call has kept of the messages is still there. A part may give back what a test before it has left in the
    // pool of arrays; what is kept of messages grows in all of them.
    private static async Task AssertTakesLittleAsync(long bytesPerMessage, Func<int, Action, Task> run)
    {
        const int Messages = 100_000;
        var time = TimeSpan.FromMinutes(1);
        await run(Messages / 10, static () => { }).WithinAsync(time);
        var live = new List<long> { LiveBytes() };
        var allocated = 0L;
        var before = GC.GetTotalAllocatedBytes();
        await run(Messages, () =>
        {
            allocated += GC.GetTotalAllocatedBytes() - before;
            live.Add(LiveBytes());
            before = GC.GetTotalAllocatedBytes();
        }).WithinAsync(time);
        live.Add(LiveBytes());

        var grown = live.Zip(live.Skip(1), (earlier, later) => later - earlier).ToList();
        Assert.True(
            allocated / Messages <= bytesPerMessage && grown.TrueForAll(static bytes => bytes < Megabyte),
            $"{allocated / Messages} bytes for a message; in use {string.Join(", ", grown)} more after each part and at the end");
    }

    private static async Task ReadAsync(IAsyncStreamReader<EchoReply> replies, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(await replies.MoveNext(CancellationToken.None));
        }
    }

    private static async Task WriteAsync(IClientStreamWriter<EchoRequest> requests, EchoRequest request, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await requests.WriteAsync(request);
        }
    }

    private static long LiveBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
