using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;
using Endpoint = Rollcall.Discovery.Endpoint;

namespace Rollcall.Grpc.Client.Tests;

public partial class HedgingTests
{
    private static readonly TimeSpan s_delay = TimeSpan.FromSeconds(1);
    private readonly FakeTimeProvider _clock = new();
    private readonly AttemptLog _log = new();

    [Fact]
    public async Task SlowEndpoint_TheNextOneAnswersAndTheFirstIsReset()
    {
        var resets = System.Threading.Channels.Channel.CreateUnbounded<uint>();
        await using var slow = FramePeer.Start((connection, id) =>
        {
            _ = ForwardAsync(connection, resets.Writer);
            return Task.CompletedTask;
        });
        var previous = "";
        await using var fast = await TextPeer.StartAsync(context =>
        {
            previous = context.Request.Headers["grpc-previous-rpc-attempts"].ToString();
            return TextPeer.Echo("fast ")(context);
        });
        var policy = new RecordingPolicy(new PickFirstPolicy());
        await using var directory = new EndpointDirectory(new StaticEndpointSource(slow.Endpoint, fast.Endpoint));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), policy);
        using var channel = GrpcChannel.ForAddress("http://peers", Options(Policies.Hedge(3, s_delay), o => o.Balancer = balancer));

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        await Eventually.TrueAsync(() => slow.Streams == 1);
        await _clock.WaitForTimerDueInAsync(s_delay);
        _clock.Advance(s_delay);

        Assert.Equal("fast x", await call.ResponseAsync.WithinAsync());
        Assert.Equal(8u, await resets.Reader.ReadAsync().AsTask().WithinAsync());
        Assert.Equal("1", previous);
        Assert.Equal(fast.Endpoint, call.GetEndpoint());
        Assert.Equal(
            [(slow.Port, 1, StatusCode.Cancelled, AttemptFate.Hedged), (fast.Port, 2, StatusCode.OK, AttemptFate.Final)],
            _log.All.Select(a => (a.Endpoint.Port, a.Number, a.StatusCode, a.Fate)));
        Assert.Equal([(slow.Endpoint.Id, CallResult.Cancelled), (fast.Endpoint.Id, CallResult.Success)], policy.Outcomes);
        Assert.Equal(0, policy.Open);
    }

    [Fact]
    public async Task FirstAnswerInTime_SendsNoOther()
    {
        await using var first = await TextPeer.StartAsync(TextPeer.Echo());
        await using var second = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Over(Policies.Hedge(2, s_delay), first.Endpoint, second.Endpoint);

        Assert.Equal("x", await UnaryAsync(channel));
        _clock.Advance(s_delay * 3);

        Assert.Equal(0, second.Requests);
        Assert.Equal(0, _clock.PendingTimers);
    }

    [Fact]
    public async Task NonFatalFailure_SendsTheNextAtOnceAndStartsTheDelayAnew()
    {
        await using var busy = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14, "busy"));
        await using var slow = await TextPeer.StartAsync(TextPeer.Hang);
        await using var fast = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Over(Policies.Hedge(3, s_delay, StatusCode.Unavailable), busy.Endpoint, slow.Endpoint, fast.Endpoint);

        var answer = UnaryAsync(channel);
        await Eventually.TrueAsync(() => slow.Requests == 1);
        Assert.Equal(0, fast.Requests);
        await _clock.WaitForTimerDueInAsync(s_delay);
        _clock.Advance(s_delay);

        Assert.Equal("x", await answer);
        Assert.Equal(
            [(StatusCode.Unavailable, AttemptFate.Hedged), (StatusCode.Cancelled, AttemptFate.Hedged), (StatusCode.OK, AttemptFate.Final)],
            _log.All.Select(a => (a.StatusCode, a.Fate)));
    }

    [Fact]
    public async Task FatalStatus_EndsAllCopies()
    {
        // A copy that is given up before it has arrived is one that no server hears of.
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var slow = await TextPeer.StartAsync(async context =>
        {
            arrived.TrySetResult();
            await TextPeer.Hang(context);
            gone.TrySetResult();
        });
        await using var wrong = await TextPeer.StartAsync(async context =>
        {
            await arrived.Task.WithinAsync();
            await TextPeer.Refuse(context, 3, "wrong");
        });
        using var channel = Over(Policies.Hedge(3, TimeSpan.Zero, StatusCode.Unavailable), slow.Endpoint, wrong.Endpoint, slow.Endpoint);

        var error = await FailAsync(channel);

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal("wrong", error.Status.Detail);
        await gone.Task.WithinAsync();
        Assert.Equal(StatusCode.InvalidArgument, Assert.Single(_log.All, a => a.Fate == AttemptFate.Final).StatusCode);
    }

    [Fact]
    public async Task AllCopiesFail_GivesTheLastStatus()
    {
        var codes = new ConcurrentQueue<int>([14, 13]);
        RequestDelegate busy = context => TextPeer.Refuse(context, codes.TryDequeue(out var code) ? code : 10, $"{code}");
        await using var first = await TextPeer.StartAsync(busy);
        await using var second = await TextPeer.StartAsync(busy);
        using var channel = Over(
            Policies.Hedge(3, s_delay, StatusCode.Unavailable, StatusCode.Internal, StatusCode.Aborted), first.Endpoint, second.Endpoint);

        Assert.Equal(StatusCode.Aborted, (await FailAsync(channel)).StatusCode);
        Assert.Equal(3, first.Requests + second.Requests);
        Assert.Equal([AttemptFate.Hedged, AttemptFate.Hedged, AttemptFate.Final], _log.All.Select(a => a.Fate));
    }

    [Fact]
    public async Task NoDelay_SendsAllAtOnceToDistinctEndpoints()
    {
        var peers = new List<TextPeer>();
        for (var i = 0; i < 4; i++)
        {
            peers.Add(await TextPeer.StartAsync(TextPeer.Hang));
        }

        using var channel = Over(Policies.Hedge(4, TimeSpan.Zero), [.. peers.Select(p => p.Endpoint)]);
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");

        await Eventually.TrueAsync(() => peers.TrueForAll(p => p.Requests == 1));
        call.Dispose();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync())).StatusCode);
        Assert.Equal(4, _log.All.Count);
        Assert.Single(_log.All, a => a.Fate == AttemptFate.Final);
        foreach (var peer in peers)
        {
            await peer.DisposeAsync();
        }
    }

    [Fact]
    public async Task ServerStream_BelongsToTheFirstWithHeaders()
    {
        await using var slow = await TextPeer.StartAsync(TextPeer.Hang);
        var headers = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var fast = await TextPeer.StartAsync(async context =>
        {
            TextPeer.Begin(context);
            context.Response.Headers["x-who"] = "fast";
            await context.Response.StartAsync();
            await context.Response.Body.FlushAsync();
            await headers.Task;
            await TextPeer.WriteMessageAsync(context, "1");
            await TextPeer.WriteMessageAsync(context, "2");
            TextPeer.End(context, 14, "late");
        });
        await using var third = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Over(Policies.Hedge(3, s_delay, StatusCode.Unavailable), slow.Endpoint, fast.Endpoint, third.Endpoint);

        using var call = channel.CreateCallInvoker().AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        await _clock.WaitForTimerDueInAsync(s_delay);
        _clock.Advance(s_delay);
        Assert.Equal("fast", (await call.ResponseHeadersAsync.WithinAsync()).GetValue("x-who"));
        _clock.Advance(s_delay * 5);
        headers.SetResult();
        var received = new List<string>();
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(default).WithinAsync())
            {
                received.Add(call.ResponseStream.Current);
            }
        });

        Assert.Equal(["1", "2"], received);
        Assert.Equal("late", error.Status.Detail);
        Assert.Equal(0, third.Requests);
    }

    [Fact]
    public async Task CopyThatNoServerSaw_MovesOnAndDoesNotCount()
    {
        await using var slow = await TextPeer.StartAsync(TextPeer.Hang);
        await using var fast = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Over(Policies.Hedge(2, s_delay), Channels.Nobody(), slow.Endpoint, Channels.Nobody(), fast.Endpoint);

        var answer = UnaryAsync(channel);
        await Eventually.TrueAsync(() => slow.Requests == 1);
        await _clock.WaitForTimerDueInAsync(s_delay);
        _clock.Advance(s_delay);

        Assert.Equal("x", await answer);
        Assert.Equal(
            [AttemptFate.Moved, AttemptFate.Moved, AttemptFate.Hedged, AttemptFate.Final], _log.All.Select(a => a.Fate));
        Assert.Equal(4, _log.All.Select(a => a.Endpoint).Distinct().Count());
    }

    [Fact]
    public async Task CopyThatNoServerSaw_DoesNotEndTheOthers()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var slow = await TextPeer.StartAsync(async context =>
        {
            await go.Task;
            await TextPeer.Echo()(context);
        });
        using var channel = Over(Policies.Hedge(2, TimeSpan.Zero), slow.Endpoint, Channels.Nobody());

        var answer = UnaryAsync(channel);
        await Eventually.TrueAsync(() => _log.All.Count == 1);
        go.SetResult();

        Assert.Equal("x", await answer);
    }

    [Fact]
    public async Task StreamsOfTheCaller_AreNotHedged()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = GrpcChannel.ForAddress(peer.Address, Options(Policies.Hedge(3, TimeSpan.Zero)));

        using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
        await call.RequestStream.WriteAsync("x").WithinAsync();
        await call.RequestStream.CompleteAsync().WithinAsync();

        Assert.Equal("x", await call.ResponseAsync.WithinAsync());
        Assert.Equal(1, peer.Requests);
    }

    [Fact]
    public async Task CallCredentials_AreAskedForEachCopy()
    {
        var tokens = new ConcurrentQueue<string>();
        await using var busy = await TextPeer.StartAsync(context =>
        {
            tokens.Enqueue(context.Request.Headers.Authorization.ToString());
            return TextPeer.Refuse(context, 14);
        });
        using var channel = GrpcChannel.ForAddress(
            busy.Address, Options(Policies.Hedge(2, s_delay, StatusCode.Unavailable), o => o.UnsafeUseInsecureChannelCallCredentials = true));
        var number = 0;
        var credentials = CallCredentials.FromInterceptor((_, metadata) =>
        {
            metadata.Add("authorization", $"t{++number}");
            return Task.CompletedTask;
        });

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(credentials: credentials), "x");
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(["t1", "t2"], tokens);
    }

    [Fact]
    public async Task ManyCallsAtOnce_EachAnswersAndTheBalancerHearsOfEveryCopy()
    {
        var requests = 0;
        RequestDelegate uneven = context =>
        {
            var number = Interlocked.Increment(ref requests);
            return number % 5 == 0 ? TextPeer.Refuse(context, 14) : number % 3 == 0 ? TextPeer.Hang(context) : TextPeer.Echo()(context);
        };
        await using var first = await TextPeer.StartAsync(uneven);
        await using var second = await TextPeer.StartAsync(uneven);
        await using var steady = await TextPeer.StartAsync(TextPeer.Echo());
        var policy = new RecordingPolicy(new RoundRobinPolicy());
        await using var directory = new EndpointDirectory(new StaticEndpointSource(first.Endpoint, second.Endpoint, steady.Endpoint));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), policy);
        using var channel = GrpcChannel.ForAddress("http://peers", new GrpcChannelOptions
        {
            ServiceConfig = Policies.Hedge(3, TimeSpan.FromMilliseconds(2), StatusCode.Unavailable),
            Balancer = balancer,
            OnAttempt = _log.Add,
        });

        var patience = TimeSpan.FromMinutes(1);
        var calls = Enumerable.Range(0, 300)
            .Select(i => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, $"{i}").ResponseAsync);
        var answers = await Task.WhenAll(calls).WithinAsync(patience);

        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"{i}"), answers);
        Assert.Equal(300, _log.All.Count(a => a.Fate == AttemptFate.Final));
        await Eventually.TrueAsync(() => policy.Open == 0, patience);
    }

    private static async Task ForwardAsync(FramePeerConnection connection, System.Threading.Channels.ChannelWriter<uint> resets)
    {
        await foreach (var (_, code) in connection.Resets.Reader.ReadAllAsync())
        {
            resets.TryWrite(code);
        }
    }

    private static Task<string> UnaryAsync(GrpcChannel channel, string request = "x") =>
        channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, request).ResponseAsync.WithinAsync();

    private static Task<RpcException> FailAsync(GrpcChannel channel, string request = "x") =>
        Assert.ThrowsAsync<RpcException>(() => UnaryAsync(channel, request));

    private GrpcChannelOptions Options(ServiceConfig config, Action<GrpcChannelOptions>? configure = null)
    {
        var options = new GrpcChannelOptions { ServiceConfig = config, TimeProvider = _clock, OnAttempt = _log.Add };
        configure?.Invoke(options);
        return options;
    }

    private GrpcChannel Over(ServiceConfig config, params Endpoint[] endpoints) => Over(config, null, endpoints);

    private GrpcChannel Over(ServiceConfig config, Action<GrpcChannelOptions>? configure, params Endpoint[] endpoints) => Channels.Over(
        "pick_first",
        o =>
        {
            o.ServiceConfig = config;
            o.TimeProvider = _clock;
            o.OnAttempt = _log.Add;
            configure?.Invoke(o);
        },
        endpoints);
}
