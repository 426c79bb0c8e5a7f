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

    [Fact]
    public async Task MessagesOfFourMegabytes_GoThereAndBackAndLeaveNothing()
    {
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

        await CallAsync(5);
        var before = LiveBytes();
        await CallAsync(40);

        // Less than one copy of each message: what has grown is the pool of arrays, which holds some for each thread.
        Assert.InRange(LiveBytes() - before, long.MinValue, 100 * Megabyte);
    }

    [Fact]
    public async Task ManySmallMessages_TakeLittleEachAndLeaveNothing()
    {
        const int Messages = 100_000;
        await using var server = await GrpcTestServer.StartAsync();
        var reply = new EchoReply { Payload = ByteString.CopyFrom(new byte[100]) };
        server.Behavior.ServerStream = async (request, responses, _) =>
        {
            for (var i = 0; i < request.Count; i++)
            {
                await responses.WriteAsync(reply);
            }
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);
        async Task ReadAsync(int count)
        {
            using var call = client.ServerStream(new EchoRequest { Count = count });
            for (var i = 0; i < count; i++)
            {
                Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            }

            Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        }

        await ReadAsync(Messages / 10).WithinAsync();
        var before = LiveBytes();
        var allocated = GC.GetTotalAllocatedBytes();
        await ReadAsync(Messages).WithinAsync();
        var perMessage = (GC.GetTotalAllocatedBytes() - allocated) / Messages;

        // The message that the reader gets is 200 of them.
        Assert.InRange(perMessage, 0, 320);
        Assert.InRange(LiveBytes() - before, long.MinValue, 2 * Megabyte);
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
