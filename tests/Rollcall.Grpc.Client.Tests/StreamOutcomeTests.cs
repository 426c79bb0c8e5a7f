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

        public static async Task<Callers> StartAsync(StatusCode code)
        {
            Callers? callers = null;
            var peer = await TextPeer.StartAsync(context => callers!.ServeAsync(context, code));
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

        private async Task ServeAsync(HttpContext context, StatusCode code)
        {
            _reached.SetResult();
            await _answers.Task.WaitAsync(context.RequestAborted);
            TextPeer.Begin(context);
            await TextPeer.WriteMessageAsync(context, "first");
            await _ends.Task.WaitAsync(context.RequestAborted);
            TextPeer.End(context, (int)code);
        }
    }
}
