using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class KilledInstanceTests
{
    [Theory]
    [InlineData("round_robin")]
    [InlineData("pick_first")]
    public async Task KilledUnderLoad_FailsNoCall(string policy)
    {
        var killed = 0;
        var answered = 0;
        await using var dying = FramePeer.Start(async (connection, id) =>
        {
            // Dies with calls of every sort on it: unseen, seen, half answered.
            if (Interlocked.Increment(ref answered) > 200)
            {
                if (id % 3 == 0)
                {
                    await connection.ResponseHeadersAsync(id);
                }

                Interlocked.Increment(ref killed);
                connection.Abort();
                return;
            }

            await connection.AnswerAsync(id, "x");
        });
        await using var living = await TextPeer.StartAsync(TextPeer.Echo());
        var log = new AttemptLog();
        using var channel = Channels.Over(
            policy,
            o =>
            {
                o.ServiceConfig = Policies.Retry();
                o.OnAttempt = log.Add;
            },
            dying.Endpoint,
            living.Endpoint);
        var invoker = channel.CreateCallInvoker();

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(CallAsync))).WithinAsync(TimeSpan.FromSeconds(60));

        Assert.NotEqual(0, killed);
        Assert.All(
            log.All.Where(a => a.Fate != AttemptFate.Final), a => Assert.Equal(dying.Port, a.Endpoint.Port));
        Assert.Equal(16 * 100, log.All.Count(a => a is { Fate: AttemptFate.Final, StatusCode: StatusCode.OK }));

        async Task CallAsync()
        {
            for (var i = 0; i < 100; i++)
            {
                var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20));
                Assert.Equal("x", await invoker.AsyncUnaryCall(TextMethods.Unary, null, options, "x").ResponseAsync);
            }
        }
    }

    [Fact]
    public async Task StoppedServer_HandsItsCallsOver()
    {
        // Kestrel says GOAWAY when it stops: calls that it has begun are finished, the others go elsewhere; without a retry policy. A stream
        // that stays open keeps the connection until the client has heard: Kestrel itself closes it with its last call, and then a call may
        // be on the way.
        var first = await TextPeer.StartAsync(TextPeer.Echo());
        await using var second = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over("round_robin", null, first.Endpoint, second.Endpoint);
        var invoker = channel.CreateCallInvoker();
        using var one = await OpenStreamAsync(invoker);
        using var other = await OpenStreamAsync(invoker);
        Assert.NotEqual(one.GetEndpoint(), other.GetEndpoint());
        var go = true;
        var calls = 0;

        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref go))
            {
                Assert.Equal("x", await invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync);
                Interlocked.Increment(ref calls);
            }
        })));
        await MoreCallsAsync();
        var stopping = first.FinishAsync();
        await MoreCallsAsync();
        await CloseStreamAsync(one);
        await CloseStreamAsync(other);
        await stopping;
        await MoreCallsAsync();
        Volatile.Write(ref go, false);

        await load.WithinAsync(TimeSpan.FromSeconds(30));
        await first.DisposeAsync();

        Task MoreCallsAsync()
        {
            var before = Volatile.Read(ref calls);
            return Eventually.TrueAsync(() => Volatile.Read(ref calls) > before + 200 || load.IsFaulted, TimeSpan.FromSeconds(30));
        }
    }

    [Fact]
    public async Task EachAttempt_TellsTheBalancerHowItEnded()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        var nobody = Channels.Nobody();
        var log = new AttemptLog();
        using var channel = Channels.Over("pick_first", o => o.OnAttempt = log.Add, nobody, peer.Endpoint);

        for (var i = 0; i < 5; i++)
        {
            await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync();
        }

        // Left out after the first refusal, so that it costs one attempt and not one for every call.
        Assert.Equal(1, log.All.Count(a => a.Endpoint.Port == nobody.Port));
    }

    private static async Task<AsyncDuplexStreamingCall<string, string>> OpenStreamAsync(CallInvoker invoker)
    {
        var stream = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        await stream.RequestStream.WriteAsync("open").WithinAsync();
        Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None).WithinAsync());
        return stream;
    }

    private static async Task CloseStreamAsync(AsyncDuplexStreamingCall<string, string> stream)
    {
        await stream.RequestStream.CompleteAsync().WithinAsync();
        Assert.False(await stream.ResponseStream.MoveNext(CancellationToken.None).WithinAsync());
    }
}
