using System.Threading.Channels;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;
using Endpoint = Rollcall.Discovery.Endpoint;

namespace Rollcall.Grpc.Client.Tests;

public class CancellationTests
{
    [Fact]
    public async Task Token_CancelsAtAnyMomentWithStatusCancelled()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = GrpcChannel.ForAddress(peer.Address);
        var invoker = channel.CreateCallInvoker();

        for (var i = 0; i < 200; i++)
        {
            using var source = new CancellationTokenSource();
            var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(60), cancellationToken: source.Token);
            using var call = invoker.AsyncUnaryCall(TextMethods.Unary, null, options, "x");
            source.CancelAfter(TimeSpan.FromMilliseconds(i % 8));
            var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
            Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        }
    }

    [Fact]
    public async Task DisposeOfEachKind_ResetsTheStreamWithCancel()
    {
        var resets = System.Threading.Channels.Channel.CreateUnbounded<uint>();
        await using var peer = FramePeer.Start(async (connection, id) =>
        {
            if (id % 4 == 3)
            {
                await connection.ResponseHeadersAsync(id);
                await connection.MessageAsync(id, "first");
            }

            _ = ForwardAsync(connection, resets.Writer);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);
        var invoker = channel.CreateCallInvoker();

        // Streams 1, 3, 5, …: every second one has been answered with headers and a message when it is disposed.
        for (var i = 0; i < 2; i++)
        {
            var unary = invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x");
            await EndAsync(unary.Dispose, (i * 4) + 1);
            Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => unary.ResponseAsync.WithinAsync())).StatusCode);

            var server = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
            await EndAsync(server.Dispose, (i * 4) + 2);
            await Assert.ThrowsAsync<RpcException>(() => server.ResponseStream.MoveNext(default).WithinAsync());
            Assert.Equal(StatusCode.Cancelled, server.GetStatus().StatusCode);

            var client = invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
            await client.RequestStream.WriteAsync("x").WithinAsync();
            await EndAsync(client.Dispose, (i * 4) + 3);
            Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => client.ResponseAsync.WithinAsync())).StatusCode);

            var duplex = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
            await EndAsync(duplex.Dispose, (i * 4) + 4);
            await Assert.ThrowsAsync<RpcException>(() => duplex.ResponseStream.MoveNext(default).WithinAsync());
            Assert.Equal(StatusCode.Cancelled, duplex.GetStatus().StatusCode);
        }

        async Task EndAsync(Action dispose, int requests)
        {
            await Eventually.TrueAsync(() => peer.Streams == requests);
            dispose();
            Assert.Equal(8u, await resets.Reader.ReadAsync().AsTask().WithinAsync());
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task PolicyIsTold_WhetherTheResponseOfAStreamHadBegunWhenItWasGivenUp(bool hasBegun, bool hedged)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            if (hasBegun)
            {
                TextPeer.Begin(context);
                await TextPeer.WriteMessageAsync(context, "first");
            }

            reached.TrySetResult();
            await TextPeer.Hang(context);
        });
        var policy = new RecordingPolicy(new PickFirstPolicy());
        await using var directory = new EndpointDirectory(new StaticEndpointSource(new Endpoint("p", "127.0.0.1", new Uri(peer.Address).Port)));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), policy);
        using var channel = GrpcChannel.ForAddress("http://peers", new GrpcChannelOptions
        {
            Balancer = balancer,
            ServiceConfig = hedged ? Policies.Hedge(2, TimeSpan.FromMinutes(1)) : null,
        });

        var call = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        await reached.Task.WithinAsync();
        Assert.True(!hasBegun || await call.ResponseStream.MoveNext(default).WithinAsync());
        call.Dispose();

        await Eventually.TrueAsync(() => policy.Open == 0 && !policy.Ended.IsEmpty);
        var outcome = Assert.Single(policy.Ended);
        Assert.Equal((CallResult.Cancelled, hasBegun), (outcome.Result, outcome.IsAnswered));
    }

    [Fact]
    public async Task PolicyIsTold_ThatWhoWaitsForOneMessageHasNoAnswerByTheHeaders()
    {
        await using var peer = await TextPeer.StartAsync(static async context =>
        {
            TextPeer.Begin(context);
            await context.Response.Body.FlushAsync();
            await TextPeer.Hang(context);
        });
        var policy = new RecordingPolicy(new PickFirstPolicy());
        await using var directory = new EndpointDirectory(new StaticEndpointSource(new Endpoint("p", "127.0.0.1", new Uri(peer.Address).Port)));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), policy);
        using var channel = GrpcChannel.ForAddress("http://peers", new GrpcChannelOptions { Balancer = balancer });

        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        await call.ResponseHeadersAsync.WithinAsync();
        call.Dispose();

        await Eventually.TrueAsync(() => policy.Open == 0 && !policy.Ended.IsEmpty);
        var outcome = Assert.Single(policy.Ended);
        Assert.Equal((CallResult.Cancelled, false), (outcome.Result, outcome.IsAnswered));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StatusAndTrailers_AreKnownAsSoonAsACallOfAnyKindIsDisposed(bool byToken)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = GrpcChannel.ForAddress(peer.Address);
        var invoker = channel.CreateCallInvoker();
        for (var i = 0; i < 100; i++)
        {
            using var source = new CancellationTokenSource();
            var options = new CallOptions(cancellationToken: source.Token);
            var unary = invoker.AsyncUnaryCall(TextMethods.Unary, null, options, "x");
            var server = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, options, "x");
            var client = invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, options);
            var duplex = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, options);
            if (byToken)
            {
                await source.CancelAsync();
            }

            AssertCancelled(unary, unary.GetStatus, unary.GetTrailers);
            AssertCancelled(server, server.GetStatus, server.GetTrailers);
            AssertCancelled(client, client.GetStatus, client.GetTrailers);
            AssertCancelled(duplex, duplex.GetStatus, duplex.GetTrailers);

            Task[] ends = [unary.ResponseAsync, server.ResponseStream.MoveNext(default), client.ResponseAsync, duplex.ResponseStream.MoveNext(default)];
            foreach (var end in ends)
            {
                Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => end.WithinAsync())).StatusCode);
            }

            AssertCancelled(unary, unary.GetStatus, unary.GetTrailers);
            AssertCancelled(server, server.GetStatus, server.GetTrailers);
            AssertCancelled(client, client.GetStatus, client.GetTrailers);
            AssertCancelled(duplex, duplex.GetStatus, duplex.GetTrailers);
        }

        static void AssertCancelled(IDisposable call, Func<Status> status, Func<Metadata> trailers)
        {
            call.Dispose();
            Assert.Equal(StatusCode.Cancelled, status().StatusCode);
            Assert.Empty(trailers());
        }
    }

    [Fact]
    public async Task StatusToldAfterDispose_StandsWhateverTheServerSaysMeanwhile()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(peer.Address);
        var invoker = channel.CreateCallInvoker();
        for (var i = 0; i < 500; i++)
        {
            var call = invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x");
            call.Dispose();

            var told = call.GetStatus().StatusCode;
            await Task.WhenAny(call.ResponseAsync).WithinAsync();

            Assert.Equal(told, call.GetStatus().StatusCode);
            Assert.Equal(told == StatusCode.OK, call.ResponseAsync.IsCompletedSuccessfully);
        }
    }

    [Fact]
    public async Task DisposeInTheMiddleOfAStream_TellsTheServer()
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "first");
            await TextPeer.Hang(context);
            gone.SetResult();
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        await call.RequestStream.WriteAsync("x").WithinAsync();
        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        var read = call.ResponseStream.MoveNext(default);
        call.Dispose();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => read.WithinAsync())).StatusCode);
        await gone.Task.WithinAsync();
    }

    [Fact]
    public async Task TokenOfARead_CancelsTheCall()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = GrpcChannel.ForAddress(peer.Address);
        using var source = new CancellationTokenSource();

        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        var read = call.ResponseStream.MoveNext(source.Token);
        await source.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => read.WithinAsync())).StatusCode);
    }

    [Fact]
    public async Task TokenOfAWrite_ThatHasFiredBefore_CancelsTheCall()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = GrpcChannel.ForAddress(peer.Address);

        using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
        var write = call.RequestStream.WriteAsync("x", new CancellationToken(canceled: true));

        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
        foreach (var end in (Task[])[write, call.RequestStream.WriteAsync("y"), call.ResponseAsync])
        {
            Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => end.WithinAsync())).StatusCode);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task OperationCanceled_CarriesTheTokenOfTheReadOrWrite(bool writes, bool before)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ThrowOperationCanceledOnCancellation = true });
        using var other = new CancellationTokenSource();
        using var source = new CancellationTokenSource();
        if (before)
        {
            await source.CancelAsync();
        }

        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            TextMethods.Duplex, null, new CallOptions(cancellationToken: other.Token));

        // More than flow control lets through to a server that does not read.
        var end = writes ? call.RequestStream.WriteAsync(new string('x', 1_000_000), source.Token) : call.ResponseStream.MoveNext(source.Token);
        await source.CancelAsync();
        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => end.WithinAsync());

        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Equal(StatusCode.Cancelled, Assert.IsType<RpcException>(error.InnerException).StatusCode);
    }

    [Fact]
    public async Task OperationCanceled_OfACallThatItsTokenDidNotEnd_DoesNotCarryIt()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ThrowOperationCanceledOnCancellation = true });
        using var source = new CancellationTokenSource();

        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(cancellationToken: source.Token), "x");
        call.Dispose();
        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(CancellationToken.None, error.CancellationToken);
    }

    [Fact]
    public async Task Option_GivesOperationCanceledInstead()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { ThrowOperationCanceledOnCancellation = true });
        using var source = new CancellationTokenSource();

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(cancellationToken: source.Token), "x");
        await source.CancelAsync();
        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Equal(StatusCode.Cancelled, Assert.IsType<RpcException>(error.InnerException).StatusCode);
    }

    [Fact]
    public async Task DisposedChannel_EndsItsCallsAndRefusesNewOnes()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        var channel = GrpcChannel.ForAddress(peer.Address);
        var invoker = channel.CreateCallInvoker();
        using var unary = invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        using var duplex = invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);
        await Eventually.TrueAsync(() => peer.Requests == 2);

        await channel.DisposeAsync().AsTask().WithinAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => unary.ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Contains("channel was disposed", error.Status.Detail, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<RpcException>(() => duplex.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Throws<ObjectDisposedException>(() => invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x"));
        Assert.Throws<ObjectDisposedException>(() => new TextClient(channel));
    }

    private static async Task ForwardAsync(FramePeerConnection connection, ChannelWriter<uint> resets)
    {
        var (_, errorCode) = await connection.Resets.Reader.ReadAsync();
        resets.TryWrite(errorCode);
    }
}
