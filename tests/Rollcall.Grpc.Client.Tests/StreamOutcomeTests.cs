using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>What the policy is told of streams, which live as long as their callers and servers like.</summary>
public sealed class StreamOutcomeTests
{
    private static readonly TimeSpan s_beforeHeaders = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(StatusCode.OK, CallResult.Success)]
    [InlineData(StatusCode.NotFound, CallResult.Success)]
    [InlineData(StatusCode.Unavailable, CallResult.Failure)]
    public async Task ServerEndsAStreamOfResponses_TheTimeToItsHeadersIsTold(StatusCode code, CallResult result)
    {
        await using var calls = await Callers.StartAsync(code);
        using var call = calls.Invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");

        await calls.LiveAsync(call.ResponseStream, beforeHeaders: s_beforeHeaders);

        var outcome = await calls.OutcomeAsync();
        Assert.Equal((result, s_beforeHeaders + s_life), (outcome.Result, outcome.Latency));
        Assert.Equal((true, s_beforeHeaders), (outcome.IsStream, outcome.AnsweredAfter));
    }

    /// <summary>Its headers may wait for what the caller writes.</summary>
    [Fact]
    public async Task ServerEndsADuplexStream_NothingIsToldOfItsTime()
    {
        await using var calls = await Callers.StartAsync(StatusCode.OK);
        using var call = calls.Invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, default);

        await calls.LiveAsync(call.ResponseStream, beforeHeaders: s_beforeHeaders);

        var outcome = await calls.OutcomeAsync();
        Assert.Equal((CallResult.Success, s_beforeHeaders + s_life), (outcome.Result, outcome.Latency));
        Assert.Equal((true, null), (outcome.IsStream, outcome.AnsweredAfter));
    }

    [Fact]
    public async Task CallerWritesForLong_NothingIsToldOfItsTime()
    {
        await using var calls = await Callers.StartAsync(StatusCode.OK);
        using var call = calls.Invoker.AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
        await calls.Reached.WithinAsync();
        calls.Time.Advance(s_life);
        calls.Answer();
        calls.End();
        await call.ResponseAsync.WithinAsync();

        var outcome = await calls.OutcomeAsync();
        Assert.Equal((CallResult.Success, s_life), (outcome.Result, outcome.Latency));
        Assert.Equal((true, null), (outcome.IsStream, outcome.AnsweredAfter));
    }

    [Fact]
    public async Task ReaderClosesAStreamThatHadNothingToSay_NothingIsToldOfItsTime()
    {
        await using var calls = await Callers.StartAsync(StatusCode.OK);
        var call = calls.Invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        await calls.Reached.WithinAsync();
        calls.Time.Advance(s_life);
        call.Dispose();

        var outcome = await calls.OutcomeAsync();
        Assert.Equal((CallResult.Cancelled, false), (outcome.Result, outcome.IsAnswered));
        Assert.Equal((true, null), (outcome.IsStream, outcome.AnsweredAfter));
    }

    /// <summary>Where another instance has begun its answer, the time of the one that has not says that it is slow.</summary>
    [Fact]
    public async Task CopyOfAHedgedStreamThatAnotherOvertook_CountsWithItsTime()
    {
        await using var hanging = await TextPeer.StartAsync(TextPeer.Hang);
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        var policy = new RecordingPolicy(new PickFirstPolicy());
        await using var directory = new EndpointDirectory(new StaticEndpointSource(hanging.Endpoint, peer.Endpoint));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), policy);
        using var channel = GrpcChannel.ForAddress(
            "http://peers", new GrpcChannelOptions { Balancer = balancer, ServiceConfig = Policies.Hedge(2, TimeSpan.FromMilliseconds(10)) });

        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.False(await call.ResponseStream.MoveNext(default).WithinAsync());

        await Eventually.TrueAsync(() => policy.Open == 0 && policy.Ended.Count == 2);
        var overtaken = Assert.Single(policy.Ended, static outcome => outcome.Result == CallResult.Cancelled);
        Assert.Equal((false, false), (overtaken.IsStream, overtaken.IsAnswered));
        var other = Assert.Single(policy.Ended, static outcome => outcome.Result == CallResult.Success);
        Assert.True(other.IsStream);
        Assert.InRange(other.AnsweredAfter!.Value, TimeSpan.Zero, other.Latency);
    }

    /// <summary>Whoever ends it then: the caller's timer, or the server, by a status or by a reset, a moment before.</summary>
    [Theory]
    [InlineData(Ending.ByTheCaller)]
    [InlineData(Ending.ByStatus)]
    [InlineData(Ending.ByReset)]
    public async Task StreamWithAnAnswerRunsToItsDeadline_NothingIsHeldAgainstTheInstance(Ending ending)
    {
        await using var calls = await Callers.StartAsync(StatusCode.DeadlineExceeded, ending == Ending.ByReset);
        using var call = calls.Invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, Until(calls, s_life), "x");
        await calls.Reached.WithinAsync();
        calls.Answer();
        Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
        if (ending == Ending.ByTheCaller)
        {
            calls.Time.Advance(s_life);
        }
        else
        {
            calls.Time.Advance(s_life - TimeSpan.FromMilliseconds(5));
            calls.End();
        }

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default).WithinAsync());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        var outcome = await calls.OutcomeAsync();
        Assert.Equal((CallResult.Cancelled, true), (outcome.Result, outcome.IsAnswered));
    }

    /// <summary>The status is known from then on, and the end of the call, which comes later, is told alike.</summary>
    [Fact]
    public async Task StreamWithAnAnswerRunsToItsDeadline_StatusIsAskedForBeforeItHasEnded()
    {
        for (var i = 0; i < 50; i++)
        {
            await using var calls = await Callers.StartAsync(StatusCode.OK);
            using var call = calls.Invoker.AsyncDuplexStreamingCall(TextMethods.Duplex, null, Until(calls, s_life));
            await calls.Reached.WithinAsync();
            calls.Answer();
            Assert.True(await call.ResponseStream.MoveNext(default).WithinAsync());
            var asking = Task.Run(() => SpinWait.SpinUntil(
                () => Record.Exception(() => Assert.Equal(StatusCode.DeadlineExceeded, call.GetStatus().StatusCode)) is null, TimeSpan.FromSeconds(10)));
            calls.Time.Advance(s_life);

            Assert.True(await asking.WithinAsync());
            Assert.Equal(CallResult.Cancelled, (await calls.OutcomeAsync()).Result);
        }
    }

    [Fact]
    public async Task StreamWithoutAnAnswerRunsToItsDeadline_IsAFailure()
    {
        await using var calls = await Callers.StartAsync(StatusCode.OK);
        using var call = calls.Invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, Until(calls, s_life), "x");
        await calls.Reached.WithinAsync();
        calls.Time.Advance(s_life);

        Assert.Equal(CallResult.Failure, (await calls.OutcomeAsync()).Result);
    }

    [Fact]
    public async Task ServersOwnDeadlineIsOver_IsAFailure()
    {
        await using var calls = await Callers.StartAsync(StatusCode.DeadlineExceeded);
        using var call = calls.Invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, Until(calls, s_life + s_life), "x");

        await calls.LiveAsync(call.ResponseStream, s_beforeHeaders);

        Assert.Equal(CallResult.Failure, (await calls.OutcomeAsync()).Result);
    }

    [Fact]
    public async Task UnaryCall_IsNoStream()
    {
        await using var calls = await Callers.StartAsync(StatusCode.OK);
        using var call = calls.Invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        await calls.Reached.WithinAsync();
        calls.Time.Advance(s_beforeHeaders);
        calls.Answer();
        calls.End();
        await call.ResponseAsync.WithinAsync();

        var outcome = await calls.OutcomeAsync();
        Assert.Equal((CallResult.Success, s_beforeHeaders), (outcome.Result, outcome.Latency));
        Assert.False(outcome.IsStream);
    }

    private static CallOptions Until(Callers calls, TimeSpan timeout) => new(deadline: calls.Time.GetUtcNow().UtcDateTime + timeout);

    /// <summary>Who ends a call at its deadline.</summary>
    public enum Ending
    {
        /// <summary>The caller's timer.</summary>
        ByTheCaller,

        /// <summary>The server, with a status.</summary>
        ByStatus,

        /// <summary>The server, with RST_STREAM.</summary>
        ByReset,
    }

    /// <summary>A peer that answers with one message and ends when it is told to, and a channel to it, with a clock that the test moves.</summary>
    private sealed class Callers : IAsyncDisposable
    {
        private readonly RecordingPolicy _policy = new(new PickFirstPolicy());
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ends = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TextPeer _peer;
        private readonly EndpointDirectory _directory;
        private readonly ServiceBalancer _balancer;
        private readonly GrpcChannel _channel;

        private Callers(TextPeer peer)
        {
            _peer = peer;
            _directory = new EndpointDirectory(new StaticEndpointSource(peer.Endpoint), timeProvider: Time);
            _balancer = new ServiceBalancer(_directory.Watch(new ServiceQuery("peers")), _policy);
            _channel = GrpcChannel.ForAddress("http://peers", new GrpcChannelOptions { Balancer = _balancer, TimeProvider = Time });
            Invoker = _channel.CreateCallInvoker();
        }

        public FakeTimeProvider Time { get; } = new();

        public CallInvoker Invoker { get; }

        /// <summary>The peer has the call.</summary>
        public Task Reached => _reached.Task;

        public static async Task<Callers> StartAsync(StatusCode code, bool resets = false)
        {
            Callers? callers = null;
            var peer = await TextPeer.StartAsync(context => callers!.ServeAsync(context, code, resets));
            return callers = new Callers(peer);
        }

        public void Answer() => _answers.SetResult();

        public void End() => _ends.SetResult();

        /// <summary>Reads a stream to its end, of which so much time passes before its headers, and minutes afterwards.</summary>
        public async Task LiveAsync(IAsyncStreamReader<string> responses, TimeSpan beforeHeaders)
        {
            await Reached.WithinAsync();
            Time.Advance(beforeHeaders);
            Answer();
            Assert.True(await responses.MoveNext(default).WithinAsync());
            Time.Advance(s_life);
            End();
            await Record.ExceptionAsync(() => responses.MoveNext(default).WithinAsync());
        }

        /// <summary>What the policy was told.</summary>
        public async Task<CallOutcome> OutcomeAsync()
        {
            await Eventually.TrueAsync(() => _policy.Open == 0 && !_policy.Ended.IsEmpty);
            return Assert.Single(_policy.Ended);
        }

        public async ValueTask DisposeAsync()
        {
            _channel.Dispose();
            await _balancer.DisposeAsync();
            await _directory.DisposeAsync();
            await _peer.DisposeAsync();
        }

        private async Task ServeAsync(HttpContext context, StatusCode code, bool resets)
        {
            _reached.SetResult();
            await _answers.Task.WaitAsync(context.RequestAborted);
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "first");
            await _ends.Task.WaitAsync(context.RequestAborted);
            if (resets)
            {
                TextPeer.Reset(context, 8);
                return;
            }

            TextPeer.End(context, (int)code);
        }
    }
}
