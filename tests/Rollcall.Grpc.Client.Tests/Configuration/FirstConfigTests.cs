using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Configuration;

/// <summary>Calls that begin before the service config was read for the first time.</summary>
public sealed class FirstConfigTests : IAsyncDisposable
{
    private const string Retries = """
        { "loadBalancingConfig": [ { "round_robin": {} } ],
          "methodConfig": [ { "name": [ {} ], "retryPolicy": { "maxAttempts": 2, "initialBackoff": "0.001s", "maxBackoff": "0.001s", "backoffMultiplier": 1,
            "retryableStatusCodes": [ "UNAVAILABLE" ] } } ] }
        """;

    private const string Hedges = """
        { "methodConfig": [ { "name": [ {} ], "hedgingPolicy": { "maxAttempts": 2, "hedgingDelay": "0.001s", "nonFatalStatusCodes": [ "UNAVAILABLE" ] } } ] }
        """;

    private const string Small = """{ "methodConfig": [ { "name": [ {} ], "maxRequestMessageBytes": 3, "maxResponseMessageBytes": 3 } ] }""";

    private readonly Source _source = new();
    private readonly ServiceConfigDirectory _configs;
    private readonly AttemptLog _log = new();

    public FirstConfigTests() => _configs = new ServiceConfigDirectory([_source]);

    public ValueTask DisposeAsync() => _configs.DisposeAsync();

    [Theory]
    [InlineData(Retries, false)]
    [InlineData(Retries, true)]
    [InlineData(Hedges, false)]
    [InlineData(Hedges, true)]
    public async Task FirstCall_WaitsForTheConfigAndGoesByIt(string config, bool stream)
    {
        await using var busy = await TextPeer.StartAsync(static context => TextPeer.Refuse(context, 14));
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channel("consul:///texts", null, busy.Endpoint, peer.Endpoint);
        var invoker = channel.CreateCallInvoker();

        var answer = stream ? FirstOfAsync() : invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync;
        await _source.Asked.Task.WithinAsync();
        Assert.False(answer.IsCompleted);
        Assert.Empty(_log.All);
        _source.Answers.Writer.TryWrite(config);

        Assert.Equal("x", await answer.WithinAsync());
        Assert.Equal(config == Retries ? "round_robin" : "pick_first", channel.Balancer.Policy.Name);

        async Task<string> FirstOfAsync()
        {
            using var call = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
            Assert.True(await call.ResponseStream.MoveNext(default));
            return call.ResponseStream.Current;
        }
    }

    [Fact]
    public async Task LiveConfig_GoesBeforeTheTargetsPolicy_UnlessItSaysNothingOfBalancingOrIsSwitchedOff()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var live = Channel("consul:///texts?policy=random", null, peer.Endpoint);
        using var off = Channel("consul:///texts?policy=random&config=false", null, peer.Endpoint);

        _source.Answers.Writer.TryWrite(Retries);
        Assert.Equal("x", await CallAsync(live).WithinAsync());
        Assert.Equal("x", await CallAsync(off).WithinAsync());
        Assert.Equal(("round_robin", "random"), (live.Balancer.Policy.Name, off.Balancer.Policy.Name));

        _source.Answers.Writer.TryWrite(Small);
        await Eventually.TrueAsync(() => live.Balancer.Policy.Name == "random");
    }

    [Fact]
    public async Task Limits_HoldForTheFirstCallToo()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo("long "));
        using var channel = Channel("consul:///texts", null, peer.Endpoint);
        var invoker = channel.CreateCallInvoker();

        var tooLong = CallAsync(channel, "four");
        var packed = invoker.AsyncUnaryCall(TextMethods.Unary, null, new CallOptions().WithRequestCompression("gzip"), "four").ResponseAsync;
        using var stream = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
        var read = stream.ResponseStream.MoveNext(default);
        _source.Answers.Writer.TryWrite(Small);

        var sending = await Assert.ThrowsAsync<RpcException>(() => tooLong.WithinAsync());
        Assert.Equal(StatusCode.ResourceExhausted, sending.StatusCode);
        Assert.Contains("exceeds the limit of 3", sending.Status.Detail, StringComparison.Ordinal);
        sending = await Assert.ThrowsAsync<RpcException>(() => packed.WithinAsync());
        Assert.Contains("message of 4 bytes exceeds the limit of 3", sending.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => read.WithinAsync())).StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ConfigInCode_DoesNotBindTheFirstCall_AndTimesOfTheLiveOneBeginAfterTheWait(bool stream)
    {
        var time = new FakeTimeProvider();
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = Channel("consul:///texts", time, InCode(), peer.Endpoint);

        var answer = stream ? StreamAsync(channel, "four") : CallAsync(channel, "four");
        await _source.Asked.Task.WithinAsync();
        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.False(answer.IsCompleted);
        _source.Answers.Writer.TryWrite("""{ "methodConfig": [ { "name": [ {} ], "timeout": "10s", "maxRequestMessageBytes": 4 } ] }""");
        await Eventually.TrueAsync(() => peer.Requests == 1);
        time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.False(answer.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));

        var error = await Assert.ThrowsAsync<RpcException>(() => answer.WithinAsync());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NoAnswer_TheFirstCallGoesByTheConfigInCode(bool stream)
    {
        var time = new FakeTimeProvider();
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = Channel("consul:///texts", time, InCode(), peer.Endpoint);

        var tooLong = stream ? StreamAsync(channel, "four") : CallAsync(channel, "four");
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => tooLong.WithinAsync())).StatusCode);
    }

    [Fact]
    public async Task NoAnswer_TheTimeInCodeBeginsAfterTheWait()
    {
        var time = new FakeTimeProvider();
        await using var peer = await TextPeer.StartAsync(TextPeer.Hang);
        using var channel = Channel("consul:///texts", time, InCode(), peer.Endpoint);

        var answer = CallAsync(channel);
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(1));
        await time.WaitForTimerDueInAsync(TimeSpan.FromMilliseconds(300));
        time.Advance(TimeSpan.FromMilliseconds(300));

        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => answer.WithinAsync())).StatusCode);
    }

    [Fact]
    public async Task NoAnswer_TheCallGoesOnAfterASecond_AndAFailureAtOnce()
    {
        var time = new FakeTimeProvider();
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var silent = Channel("consul:///texts", time, peer.Endpoint);

        var answer = CallAsync(silent);
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(0, peer.Requests);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("x", await answer.WithinAsync());

        using var failing = Channel("consul:///texts", new FakeTimeProvider(), peer.Endpoint);
        answer = CallAsync(failing);
        _source.Answers.Writer.TryComplete(new IOException("gone"));
        Assert.Equal("x", await answer.WithinAsync());
    }

    [Fact]
    public async Task DeadlineWhileItWaits_IsDeadlineExceeded()
    {
        var time = new FakeTimeProvider();
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channel("consul:///texts", time, peer.Endpoint);

        var answer = channel.CreateCallInvoker()
            .AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(deadline: time.GetUtcNow().UtcDateTime.AddMilliseconds(500)), "x").ResponseAsync;
        await time.WaitForTimersAsync(2);
        time.Advance(TimeSpan.FromMilliseconds(500));

        var error = await Assert.ThrowsAsync<RpcException>(() => answer.WithinAsync());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal("The deadline was exceeded while waiting for the service config.", error.Status.Detail);
        Assert.Equal(0, peer.Requests);
    }

    /// <summary>0.3 s for a call, and requests of 3 bytes.</summary>
    private static ServiceConfig InCode() => new()
    {
        MethodConfigs =
        {
            new MethodConfig { Names = { MethodName.Default }, Timeout = TimeSpan.FromMilliseconds(300), MaxRequestMessageBytes = 3 },
        },
    };

    private static async Task<string> StreamAsync(GrpcChannel channel, string request)
    {
        using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(TextMethods.ClientStream, null, default);
        await call.RequestStream.WriteAsync(request);
        await call.RequestStream.CompleteAsync();
        return await call.ResponseAsync;
    }

    private static Task<string> CallAsync(GrpcChannel channel, string request = "x") =>
        channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, request).ResponseAsync;

    // By the directory's clock calls go on without a config after a second, so on a busy machine it has to stand still.
    private GrpcChannel Channel(string target, TimeProvider? time, params Endpoint[] endpoints) => Channel(target, time, null, endpoints);

    private GrpcChannel Channel(string target, TimeProvider? time, ServiceConfig? inCode, params Endpoint[] endpoints) => GrpcChannel.ForAddress(
        target,
        new GrpcChannelOptions
        {
            Directory = new EndpointDirectory(
                new StaticEndpointSource(endpoints.Select(static (e, i) => new Endpoint($"{i}", e.Host, e.Port))), timeProvider: time ?? new FakeTimeProvider()),
            ServiceConfig = inCode,
            ServiceConfigs = _configs,
            TimeProvider = time ?? TimeProvider.System,
            OnAttempt = _log.Add,
        });

    private sealed class Source : IServiceConfigSource
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Channel<string?> Answers { get; } = System.Threading.Channels.Channel.CreateUnbounded<string?>();

        public string Describe(ServiceConfigQuery query) => "the test";

        public async IAsyncEnumerable<string?> WatchAsync(ServiceConfigQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Asked.TrySetResult();
            await foreach (var answer in Answers.Reader.ReadAllAsync(cancellationToken))
            {
                yield return answer;
            }
        }
    }
}
