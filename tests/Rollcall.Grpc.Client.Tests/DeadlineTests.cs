using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class DeadlineTests
{
    [Fact]
    public async Task ServerThatHangs_IsDeadlineExceededEveryTime()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = GrpcChannel.ForAddress(peer.Address);
        var invoker = channel.CreateCallInvoker();

        for (var i = 0; i < 200; i++)
        {
            var options = new CallOptions(deadline: Now(TimeSpan.FromMilliseconds(i % 12)));
            using var call = invoker.AsyncUnaryCall(TextMethods.Unary, null, options, "x");
            var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
            Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        }
    }

    [Fact]
    public async Task ServerThatResetsAtTheDeadline_IsDeadlineExceededEveryTime()
    {
        // As servers do that keep the deadline themselves: RST_STREAM with CANCEL.
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            Assert.True(GrpcTimeout.TryParse(context.Request.Headers["grpc-timeout"].ToString(), out var timeout));
            await Task.Delay(timeout, TimeProvider.System);
            TextPeer.Reset(context, 8);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);
        var invoker = channel.CreateCallInvoker();

        for (var i = 0; i < 100; i++)
        {
            using var call = invoker.AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(deadline: Now(TimeSpan.FromMilliseconds(5))), "x");
            var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
            Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        }
    }

    [Fact]
    public async Task ServerThatAnswersTheEndOfTheCallWithCancelled_IsDeadlineExceeded()
    {
        // As an in-process server does: a broken connection carries no answer, but there the response can still arrive.
        using var handler = new CancelledOnAbortHandler();
        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler });

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(
            TextMethods.Unary, null, new CallOptions(deadline: Now(TimeSpan.FromMilliseconds(5))), "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Fact]
    public async Task StreamsPastTheDeadline_AreDeadlineExceededAlsoWhileNobodyReads()
    {
        var resets = 0;
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "first");
            await TextPeer.Hang(context);
            Interlocked.Increment(ref resets);
        });
        var time = new FakeTimeProvider();
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { TimeProvider = time });
        var options = new CallOptions(deadline: time.GetUtcNow().UtcDateTime.AddMilliseconds(300));

        using var server = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, options, "x");
        using var duplex = channel.CreateCallInvoker().AsyncDuplexStreamingCall(TextMethods.Duplex, null, options);
        Assert.True(await server.ResponseStream.MoveNext(default).WithinAsync());
        Assert.True(await duplex.ResponseStream.MoveNext(default).WithinAsync());
        time.Advance(TimeSpan.FromMilliseconds(300));
        await Eventually.TrueAsync(() => Volatile.Read(ref resets) == 2);

        Assert.Equal(StatusCode.DeadlineExceeded, server.GetStatus().StatusCode);
        Assert.Equal(StatusCode.DeadlineExceeded, duplex.GetStatus().StatusCode);
        var error = await Assert.ThrowsAsync<RpcException>(() => server.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        error = await Assert.ThrowsAsync<RpcException>(() => duplex.RequestStream.WriteAsync("x").WithinAsync());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Fact]
    public async Task DeadlineInThePast_SendsNothing()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(peer.Address);

        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(deadline: Now(TimeSpan.FromSeconds(-1))), "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal(0, peer.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeadlineInThePast_GoesToNoEndpoint(bool hedged)
    {
        var policy = new RecordingPolicy(new PickFirstPolicy());
        await using var directory = new EndpointDirectory(new StaticEndpointSource(Channels.Nobody()));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), policy);
        await balancer.Watch.FirstAsync().AsTask().WithinAsync();
        await Eventually.TrueAsync(() => balancer.Explain() is null);
        var log = new AttemptLog();
        using var channel = GrpcChannel.ForAddress("http://peers", Options(balancer, hedged, log));

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(deadline: Now(TimeSpan.FromSeconds(-1))), "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal("The deadline was exceeded before the call was sent.", error.Status.Detail);
        Assert.Empty(policy.Outcomes);
        Assert.Equal(0, policy.Open);
        Assert.Empty(log.All);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeadlineWhileCredentialsAreAsked_IsNoFailureOfTheEndpoint(bool hedged)
    {
        var policy = new RecordingPolicy(new PickFirstPolicy());
        await using var directory = new EndpointDirectory(new StaticEndpointSource(Channels.Nobody()));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), policy);
        var log = new AttemptLog();
        var time = new FakeTimeProvider();
        var options = Options(balancer, hedged, log);
        options.TimeProvider = time;
        options.UnsafeUseInsecureChannelCallCredentials = true;
        using var channel = GrpcChannel.ForAddress("http://peers", options);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hanging = CallCredentials.FromInterceptor((context, _) =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        });

        var callOptions = new CallOptions(deadline: time.GetUtcNow().UtcDateTime.AddMilliseconds(500), credentials: hanging);
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, callOptions, "x");
        await asked.Task.WithinAsync();
        time.Advance(TimeSpan.FromMilliseconds(500));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal(CallResult.Cancelled, Assert.Single(policy.Outcomes).Result);
        Assert.Equal(0, policy.Open);
        Assert.Equal(TimeSpan.Zero, Assert.Single(log.All).Latency);
    }

    [Fact]
    public async Task DeadlineWhileWaitingForAnInstance_IsDeadlineExceeded()
    {
        using var channel = Channels.Over("round_robin", null);
        await channel.Balancer.Watch.FirstAsync().AsTask().WithinAsync();

        var options = new CallOptions(deadline: Now(TimeSpan.FromMilliseconds(50))).WithWaitForReady();
        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Contains("waiting for an instance", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("No instance of 'peers'", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Timer_RunsOnTheChannelsClock()
    {
        var clock = new FakeTimeProvider();
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { TimeProvider = clock });

        var options = new CallOptions(deadline: clock.GetUtcNow().UtcDateTime.AddSeconds(30));
        var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, options, "x");
        await Eventually.TrueAsync(() => peer.Requests == 1);
        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.ResponseAsync.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Fact]
    public async Task TimeoutHeader_IsWhatIsLeft()
    {
        var header = "";
        await using var peer = await TextPeer.StartAsync(context =>
        {
            header = context.Request.Headers["grpc-timeout"].ToString();
            return TextPeer.Echo()(context);
        });
        using var channel = GrpcChannel.ForAddress(peer.Address);

        await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(deadline: Now(TimeSpan.FromSeconds(30))), "x");
        Assert.True(GrpcTimeout.TryParse(header, out var timeout));
        Assert.InRange(timeout, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));

        await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(deadline: DateTime.MaxValue), "x");
        Assert.Equal("", header);
    }

    private static GrpcChannelOptions Options(ServiceBalancer balancer, bool hedged, AttemptLog log) => new()
    {
        Balancer = balancer,
        OnAttempt = log.Add,
        ServiceConfig = hedged ? Policies.Hedge(2, TimeSpan.FromSeconds(1)) : null,
    };

    private static DateTime Now(TimeSpan plus) => TimeProvider.System.GetUtcNow().UtcDateTime + plus;
}
