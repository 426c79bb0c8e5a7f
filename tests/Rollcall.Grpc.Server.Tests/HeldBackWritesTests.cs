using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Writes to a caller that does not read.</summary>
public sealed class HeldBackWritesTests
{
    private const int Size = 64 * 1024;
    private static readonly ByteString s_payload = ByteString.CopyFrom(new byte[Size]);

    [Fact]
    public async Task WritesWhoseTokensFire_AreNotKept_AndNoneComesTwice()
    {
        const int Writes = 1_000;
        await using var server = await GrpcTestServer.StartAsync();
        var (done, gaveUp) = (new ConcurrentQueue<int>(), new ConcurrentQueue<int>());
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.ServerStream = async (_, responses, _) =>
        {
            for (var i = 0; i < Writes; i++)
            {
                using var patience = new CancellationTokenSource();
                var write = responses.WriteAsync(Message(i), patience.Token);
                if (!write.IsCompleted)
                {
                    await patience.CancelAsync();
                }

                try
                {
                    await write;
                    done.Enqueue(i);
                }
                catch (OperationCanceledException)
                {
                    gaveUp.Enqueue(i);
                }
            }

            written.SetResult();
            await responses.WriteAsync(Message(Writes));
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);

        using var call = new Echo.EchoClient(channel).ServerStream(new EchoRequest());
        await written.Task.WithinAsync();
        var received = new List<int>();
        while (await call.ResponseStream.MoveNext().WithinAsync())
        {
            received.Add(int.Parse(call.ResponseStream.Current.Text, CultureInfo.InvariantCulture));
        }

        // What is kept comes in the end: Kestrel's buffer and the caller's window, the message that found no room in them, and one that waited.
        Assert.InRange(received.Count, 1, 32);
        Assert.True(gaveUp.Count > Writes / 2, $"{gaveUp.Count} writes were given up");
        Assert.Equal(received.Order().Distinct(), received);
        Assert.Equal(Writes, received[^1]);
        Assert.Empty(done.Except(received));
    }

    [Fact]
    public async Task WritesAfterTheHandlersReturn_Fail_AndTheCallEnds()
    {
        await using var server = await GrpcTestServer.StartAsync();
        var wrote = 0;
        var returns = new TaskCompletionSource();
        var left = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior.ServerStream = (_, responses, _) =>
        {
            left.SetResult(Task.Run(async () =>
            {
                while (true)
                {
                    await responses.WriteAsync(Message(wrote));
                    Interlocked.Increment(ref wrote);
                }
            }));
            return returns.Task;
        };
        await using var channel = GrpcChannel.ForAddress(server.Address);

        using var call = new Echo.EchoClient(channel).ServerStream(new EchoRequest());
        var producer = await left.Task.WithinAsync();
        var heldAt = await Eventually.SettledAsync(() => Volatile.Read(ref wrote));

        // Continues with the end of the call before it comes back: nothing stands between them on a thread of the pool.
        await Task.Run(returns.SetResult);
        Assert.False(producer.IsCompleted);
        var received = 0;
        while (await call.ResponseStream.MoveNext().WithinAsync())
        {
            received++;
        }

        // The one that waited was taken before the return.
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => producer.WithinAsync());
        Assert.Contains("before the handler returns", error.Message, StringComparison.Ordinal);
        Assert.Equal(heldAt + 1, received);
        Assert.Equal(heldAt + 1, wrote);
    }

    private static EchoReply Message(int number) => new() { Text = $"{number}", Payload = s_payload };
}
