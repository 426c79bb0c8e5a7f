using Grpc.Core;
using Grpc.Core.Utils;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>What calls see of a server that stops.</summary>
public sealed class ShutdownTests : IAsyncLifetime
{
    private static readonly EchoRequest s_request = new() { Text = "x", Count = 1 };
    private static readonly TimeSpan s_delay = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GrpcTestServer _server = null!;
    private GrpcChannel _channel = null!;
    private Echo.EchoClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await GrpcTestServer.StartAsync(options => options.StreamShutdownDelay = s_delay, timeProvider: _time);
        _channel = GrpcChannel.ForAddress(_server.Address);
        _client = new Echo.EchoClient(_channel);
    }

    public async Task DisposeAsync()
    {
        _finish.TrySetResult();
        await _channel.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task UnaryCallInFlight_IsFinishedHoweverLongItTakes()
    {
        var began = new TaskCompletionSource<ServerCallContext>(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Behavior.Unary = async (request, context) =>
        {
            began.SetResult(context);
            await _finish.Task;
            context.CancellationToken.ThrowIfCancellationRequested();
            return EchoBehavior.Reply(request);
        };
        var call = _client.UnaryAsync(s_request).ResponseAsync;
        await began.Task.WithinAsync();

        var stopping = await StopAsync();
        _time.Advance(10 * s_delay);
        Assert.False(call.IsCompleted);
        _finish.SetResult();

        Assert.Equal("x", (await call.WithinAsync()).Text);
        await stopping.WithinAsync();
    }

    [Fact]
    public async Task StreamThatEndsInTime_IsNotDisturbed()
    {
        using var call = _client.Duplex();
        await PingAsync(call);

        var stopping = await StopAsync();
        _time.Advance(s_delay / 2);
        await PingAsync(call);
        await call.RequestStream.CompleteAsync().WithinAsync();

        Assert.False(await call.ResponseStream.MoveNext().WithinAsync());
        await stopping.WithinAsync();
    }

    [Theory]
    [InlineData(null, 20, 10)]
    [InlineData(null, -1, null)]
    [InlineData(7, 20, 7)]
    [InlineData(-1, 20, null)]
    public async Task TimeOfStreams_IsHalfOfTheHostsUnlessSet(int? delay, int hostTimeout, int? expected)
    {
        var time = new FakeTimeProvider();
        await using var server = await GrpcTestServer.StartAsync(
            options => options.StreamShutdownDelay = delay is { } seconds ? Seconds(seconds) : null,
            services => services.Configure<HostOptions>(host => host.ShutdownTimeout = Seconds(hostTimeout)),
            timeProvider: time);

        await server.StopAsync();

        Assert.Equal(expected is { } wait ? TimeSpan.FromSeconds(wait) : null, time.NextTimerDueIn);

        static TimeSpan Seconds(int seconds) => seconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds);
    }

    [Fact]
    public async Task DuplexStreamThatWaitsForItsCaller_EndsAsUnavailable()
    {
        using var call = _client.Duplex();
        await PingAsync(call);

        var stopping = await StopAsync();
        _time.Advance(s_delay);

        await AssertStoppedAsync(() => call.ResponseStream.MoveNext());
        await stopping.WithinAsync();
    }

    [Fact]
    public async Task RequestStreamThatWaitsForItsCaller_EndsAsUnavailable()
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Behavior.ClientStream = async (requests, _) =>
        {
            await requests.MoveNext();
            began.SetResult();
            await requests.MoveNext();
            return new EchoReply();
        };
        using var call = _client.ClientStream();
        await call.RequestStream.WriteAsync(s_request).WithinAsync();
        await began.Task.WithinAsync();

        var stopping = await StopAsync();
        _time.Advance(s_delay);

        await AssertStoppedAsync(() => call.ResponseAsync);
        await stopping.WithinAsync();
    }

    [Fact]
    public async Task ResponseStreamWhoseRequestHasNotComeWhole_EndsAsUnavailable()
    {
        var deadline = 3 * s_delay;
        using var body = new PushContent();
        var call = _server.Caller.StartAsync(RawCaller.ServerStream, body, CancellationToken.None, ("grpc-timeout", $"{deadline.TotalSeconds}S"));
        await body.WriteAsync(RawCaller.Frame(s_request)[..3]);
        await _time.WaitForTimerDueInAsync(deadline);

        var stopping = await StopAsync();
        _time.Advance(s_delay);

        using var response = await call.WithinAsync();
        var answer = await RawResponse.ReadAsync(response);
        Assert.Equal(("14", "The server is stopping."), (answer.GrpcStatus, answer.GrpcMessage));
        body.Complete();
        await stopping.WithinAsync();
    }

    [Fact]
    public async Task ResponseStreamThatWaitsForSomething_EndsAsUnavailable()
    {
        _server.Behavior.ServerStream = async (request, responses, context) =>
        {
            await responses.WriteAsync(EchoBehavior.Reply(request));
            await _finish.Task.WaitAsync(context.CancellationToken);
        };
        using var call = _client.ServerStream(s_request);
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync());

        var stopping = await StopAsync();
        _time.Advance(s_delay);

        await AssertStoppedAsync(() => call.ResponseStream.MoveNext());
        await stopping.WithinAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ResponseStreamThatWritesForEver_EndsAsUnavailable(bool hasDeadline)
    {
        _server.Behavior.ServerStream = async (request, responses, _) =>
        {
            while (true)
            {
                await responses.WriteAsync(EchoBehavior.Reply(request));
                await Task.Yield();
            }
        };
        using var call = _client.ServerStream(
            s_request, deadline: hasDeadline ? TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(1) : null);
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync());

        var stopping = await StopAsync();
        _time.Advance(s_delay);

        await AssertStoppedAsync(() => call.ResponseStream.ToListAsync());
        await stopping.WithinAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ResponseStreamThatIsHeldBackByItsCaller_EndsAsUnavailable(bool hasToken)
    {
        using var call = await HeldBackAsync(hasToken);

        var stopping = await StopAsync();
        _time.Advance(s_delay);

        await AssertStoppedAsync(() => call.ResponseStream.ToListAsync());
        await stopping.WithinAsync();
    }

    [Fact]
    public async Task ResponseStreamThatNobodyTakes_IsResetASecondLater()
    {
        using var call = await HeldBackAsync(hasToken: false);

        var stopping = await StopAsync();
        _time.Advance(s_delay);
        await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        Assert.False(stopping.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        await stopping.WithinAsync();
    }

    [Fact]
    public async Task WriteThatIsHeldBack_EndsWithItsTokenAndTheStreamGoesOn()
    {
        var wrote = 0;
        using var patience = new CancellationTokenSource();
        var gaveUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Behavior.ServerStream = async (request, responses, _) =>
        {
            try
            {
                while (true)
                {
                    await responses.WriteAsync(EchoBehavior.Reply(request), patience.Token);
                    Interlocked.Increment(ref wrote);
                }
            }
            catch (OperationCanceledException)
            {
                gaveUp.SetResult();
            }

            await responses.WriteAsync(EchoBehavior.Reply(request));
        };
        using var call = _client.ServerStream(new EchoRequest { Text = new string('x', 3_000) });
        await Eventually.SettledAsync(() => Volatile.Read(ref wrote));
        await patience.CancelAsync();
        await gaveUp.Task.WithinAsync();

        // The message was on its way when its writer gave up waiting.
        Assert.Equal(wrote + 2, (await call.ResponseStream.ToListAsync().WithinAsync()).Count);
    }

    [Fact]
    public async Task StreamThatHeedsTheToken_EndsAsItLikes()
    {
        _server.Behavior.ServerStream = async (request, responses, context) =>
        {
            await responses.WriteAsync(EchoBehavior.Reply(request));
            await _finish.Task.WaitAsync(context.CancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
            context.ResponseTrailers.Add("resume-at", "17");
        };
        using var call = _client.ServerStream(s_request);
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync());

        var stopping = await StopAsync();
        _time.Advance(s_delay);

        Assert.False(await call.ResponseStream.MoveNext().WithinAsync());
        Assert.Equal("17", call.GetTrailers().GetValue("resume-at"));
        await stopping.WithinAsync();
    }

    [Fact]
    public async Task StreamThatRelaysAnotherServers_EndsAsUnavailable()
    {
        await using var source = await GrpcTestServer.StartAsync();
        source.Behavior.ServerStream = async (request, responses, context) =>
        {
            await responses.WriteAsync(EchoBehavior.Reply(request));
            await _finish.Task.WaitAsync(context.CancellationToken);
        };
        await using var channel = GrpcChannel.ForAddress(source.Address);
        _server.Behavior.ServerStream = async (request, responses, context) =>
        {
            using var relayed = new Echo.EchoClient(channel).ServerStream(request, cancellationToken: context.CancellationToken);
            await foreach (var reply in relayed.ResponseStream.ReadAllAsync())
            {
                await responses.WriteAsync(reply);
            }
        };
        using var call = _client.ServerStream(s_request);
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync());

        var stopping = await StopAsync();
        _time.Advance(s_delay);

        await AssertStoppedAsync(() => call.ResponseStream.MoveNext());
        await stopping.WithinAsync();
    }

    [Fact]
    public async Task StreamThatThrowsAnotherStatusWhenItIsStopped_EndsWithThat()
    {
        _server.Behavior.ServerStream = async (request, responses, context) =>
        {
            await responses.WriteAsync(EchoBehavior.Reply(request));
            await _finish.Task.WaitAsync(context.CancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
            throw new RpcException(new Status(StatusCode.Aborted, "resume at 17"));
        };
        using var call = _client.ServerStream(s_request);
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync());

        var stopping = await StopAsync();
        _time.Advance(s_delay);

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().WithinAsync());
        Assert.Equal((StatusCode.Aborted, "resume at 17"), (error.StatusCode, error.Status.Detail));
        await stopping.WithinAsync();
    }

    [Fact]
    public async Task FaultOfACallbackOnTheToken_IsLoggedAndEndsNothing()
    {
        _server.Logs.Expect(entry => entry.Message.StartsWith("What a handler registered", StringComparison.Ordinal));
        _server.Behavior.Duplex = async (requests, responses, context) =>
        {
            using var registration = context.CancellationToken.Register(() => throw new FormatException());
            await foreach (var request in requests.ReadAllAsync())
            {
                await responses.WriteAsync(EchoBehavior.Reply(request));
            }
        };
        using var call = _client.Duplex();
        await PingAsync(call);

        var stopping = await StopAsync();
        _time.Advance(s_delay);

        await AssertStoppedAsync(() => call.ResponseStream.MoveNext());
        await stopping.WithinAsync();
        Assert.Single(_server.Logs.Entries, entry => entry.Exception is AggregateException { InnerException: FormatException });
    }

    // The token that tells of the end runs what was registered last first, one after another.
    [Fact]
    public async Task HandlerThatBlocksWhenItIsTold_HoldsUpNoOtherStream()
    {
        using var release = new ManualResetEventSlim();
        _server.Behavior.ServerStream = async (request, responses, context) =>
        {
            var wait = _finish.Task.WaitAsync(context.CancellationToken);
            using var registration = request.Count == 0 ? default : context.CancellationToken.Register(release.Wait);
            await responses.WriteAsync(EchoBehavior.Reply(request));
            await wait;
        };
        using var first = _client.ServerStream(new EchoRequest());
        Assert.True(await first.ResponseStream.MoveNext().WithinAsync());
        using var second = _client.ServerStream(new EchoRequest());
        Assert.True(await second.ResponseStream.MoveNext().WithinAsync());
        using var blocking = _client.ServerStream(new EchoRequest { Count = 1 });
        Assert.True(await blocking.ResponseStream.MoveNext().WithinAsync());

        var stopping = await StopAsync();
        var advancing = Task.Run(() => _time.Advance(s_delay));
        try
        {
            await AssertStoppedAsync(() => first.ResponseStream.MoveNext());
            await AssertStoppedAsync(() => second.ResponseStream.MoveNext());
        }
        finally
        {
            release.Set();
        }

        await AssertStoppedAsync(() => blocking.ResponseStream.MoveNext());
        await advancing.WithinAsync();
        await stopping.WithinAsync();
    }

    /// <summary>A response stream that its handler would write for ever, and whose caller does not read.</summary>
    private async Task<AsyncServerStreamingCall<EchoReply>> HeldBackAsync(bool hasToken)
    {
        var wrote = 0;
        _server.Behavior.ServerStream = async (request, responses, context) =>
        {
            while (true)
            {
                await responses.WriteAsync(EchoBehavior.Reply(request), hasToken ? context.CancellationToken : default);
                Interlocked.Increment(ref wrote);
            }
        };
        var call = _client.ServerStream(new EchoRequest { Text = new string('x', 30_000) });
        await Eventually.SettledAsync(() => Volatile.Read(ref wrote));
        return call;
    }

    private static async Task PingAsync(AsyncDuplexStreamingCall<EchoRequest, EchoReply> call)
    {
        await call.RequestStream.WriteAsync(s_request).WithinAsync();
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync());
    }

    private static async Task AssertStoppedAsync(Func<Task> read)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => read().WithinAsync());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal("The server is stopping.", error.Status.Detail);
    }

    /// <summary>Begins to stop, and returns when streams have been given their time.</summary>
    private async Task<Task> StopAsync()
    {
        var stopping = _server.StopAsync();
        await _time.WaitForTimerDueInAsync(s_delay);
        return stopping;
    }
}
