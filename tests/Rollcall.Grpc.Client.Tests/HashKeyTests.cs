using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public class HashKeyTests
{
    [Theory]
    [InlineData("ring_hash")]
    [InlineData("maglev")]
    public async Task CallsWithTheSameMetadata_GoToTheSameInstance(string policy)
    {
        await using var a = await TextPeer.StartAsync(TextPeer.Echo());
        await using var b = await TextPeer.StartAsync(TextPeer.Echo());
        await using var c = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over(policy, static o => o.HashKey = HashKeySource.Header("X-User"), a.Endpoint, b.Endpoint, c.Endpoint);
        var used = new HashSet<string>();
        for (var user = 0; user < 40; user++)
        {
            var first = await CallAsync(channel, $"user {user}");
            Assert.Equal(first, await CallAsync(channel, $"user {user}"));
            used.Add(first);
        }

        Assert.Equal(3, used.Count);
    }

    [Fact]
    public async Task KeyOfACall_IsAllItsValuesAndItsPath()
    {
        var seen = new List<string?>();
        await using var a = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channels.Over(
            "ring_hash",
            o => o.HashKey = HashKeySource.From(call =>
            {
                seen.Add($"{call.Path} {call.GetHeader("x-user")}");
                return null;
            }),
            a.Endpoint);
        Metadata headers = new() { { "x-user", "yu" }, { "other", "1" }, { "x-user", "li" } };

        await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(headers), "x").ResponseAsync.WithinAsync();

        Assert.Equal("/test.Text/Unary yu,li", Assert.Single(seen.Distinct()));
    }

    public static TheoryData<bool, string, bool> FaultyCalls => new()
    {
        { true, "", false },
        { true, "retry", false },
        { true, "hedging", false },
        { true, "", true },
        { true, "retry", true },
        { true, "hedging", true },
        { false, "", false },
        { false, "retry", false },
        { false, "hedging", false },
        { false, "", true },
        { false, "retry", true },
        { false, "hedging", true },
    };

    [Theory]
    [MemberData(nameof(FaultyCalls))]
    public async Task KeyOrPolicyThatThrows_EndsTheCallAndSaysWhoThrew(bool isKey, string config, bool stream)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        await using var faulty = new FaultyBalancer(isKey, onRetry: false, peer.Endpoint, peer.Endpoint);

        Assert.Equal(faulty.Fault, await FailAsync(faulty, config, stream));

        Assert.Equal(0, peer.Requests);
        Assert.Empty(faulty.Log.All);
        Assert.Equal(0, faulty.Policy.Open);
    }

    [Theory]
    [MemberData(nameof(FaultyCalls))]
    public async Task KeyOrPolicyThatThrowsWhenTheCallIsToMove_EndsItAndItsAttempt(bool isKey, string config, bool stream)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        await using var faulty = new FaultyBalancer(isKey, onRetry: true, Channels.Nobody(), peer.Endpoint);

        Assert.Equal(faulty.Fault, await FailAsync(faulty, config, stream));

        Assert.Equal(0, peer.Requests);
        var attempt = Assert.Single(faulty.Log.All);
        Assert.Equal((StatusCode.Unavailable, AttemptFate.Final), (attempt.StatusCode, attempt.Fate));
        Assert.Equal(CallResult.Unreachable, Assert.Single(faulty.Policy.Outcomes).Result);
        Assert.Equal(0, faulty.Policy.Open);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task KeyOrPolicyThatThrowsForAnotherCopy_GivesUpTheOneThatRuns(bool isKey)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var slow = await TextPeer.StartAsync(async context =>
        {
            arrived.TrySetResult();
            await TextPeer.Hang(context);
            gone.TrySetResult();
        });
        await using var other = await TextPeer.StartAsync(TextPeer.Echo());
        await using var faulty = new FaultyBalancer(isKey, onRetry: true, slow.Endpoint, other.Endpoint);
        var time = new FakeTimeProvider();

        var failing = FailAsync(faulty, "hedging", stream: false, time);
        await arrived.Task.WithinAsync();
        await time.WaitForTimerDueInAsync(TimeSpan.FromHours(1));
        time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(faulty.Fault, await failing);
        await gone.Task.WithinAsync();
        Assert.Equal(0, other.Requests);
        Assert.Equal(AttemptFate.Hedged, Assert.Single(faulty.Log.All).Fate);
        Assert.Equal(CallResult.Cancelled, Assert.Single(faulty.Policy.Outcomes).Result);
        Assert.Equal(0, faulty.Policy.Open);
    }

    [Fact]
    public async Task PolicyThatThrows_DoesNotHideThatTheDeadlineHasPassed()
    {
        await using var faulty = new FaultyBalancer(isKey: false, onRetry: false, Channels.Nobody());
        var time = new FakeTimeProvider();
        using var channel = GrpcChannel.ForAddress("http://peers", new GrpcChannelOptions { Balancer = faulty.Balancer, TimeProvider = time });

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions(deadline: time.GetUtcNow().UtcDateTime), "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal(StatusCode.DeadlineExceeded, call.GetStatus().StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DirectoryThatWasDisposed_IsNotBlamedOnThePolicy(bool hedged)
    {
        var directory = new EndpointDirectory(new SilentSource());
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), new PickFirstPolicy());
        await directory.DisposeAsync();
        using var channel = GrpcChannel.ForAddress("http://peers", new GrpcChannelOptions
        {
            Balancer = balancer,
            ServiceConfig = hedged ? Policies.Hedge(2, TimeSpan.FromHours(1)) : null,
        });

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x");
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.StartsWith("The directory was disposed while a caller waited for an instance.", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyBesideABalancer_IsRefused()
    {
        await using var directory = new EndpointDirectory(new StaticEndpointSource(Channels.Nobody()));
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("peers")), new RandomPolicy());
        var options = new GrpcChannelOptions { Balancer = balancer, HashKey = HashKeySource.CallerAddress };

        var e = Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("http://peers", options));
        Assert.Contains("HashKey", e.Message, StringComparison.Ordinal);
    }

    /// <summary>How a call ended that has to fail: what its caller and its status say alike.</summary>
    private static async Task<Status> FailAsync(FaultyBalancer faulty, string config, bool stream, TimeProvider? time = null)
    {
        await faulty.Balancer.Watch.FirstAsync().AsTask().WithinAsync();
        await Eventually.TrueAsync(() => faulty.Balancer.Snapshot is not null);
        using var channel = GrpcChannel.ForAddress("http://peers", new GrpcChannelOptions
        {
            Balancer = faulty.Balancer,
            OnAttempt = faulty.Log.Add,
            ServiceConfig = config switch
            {
                "retry" => Policies.Retry(codes: StatusCode.Internal),
                "hedging" => Policies.Hedge(2, TimeSpan.FromHours(1)),
                _ => null,
            },
            TimeProvider = time ?? TimeProvider.System,
        });
        var invoker = channel.CreateCallInvoker();
        RpcException error;
        Status status;
        if (stream)
        {
            using var call = invoker.AsyncServerStreamingCall(TextMethods.ServerStream, null, default, "x");
            error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default).WithinAsync());
            status = call.GetStatus();
        }
        else
        {
            using var call = invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x");
            error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync());
            status = call.GetStatus();
        }

        Assert.Equal(error.Status, status);
        return new Status(status.StatusCode, status.Detail);
    }

    private static async Task<string> CallAsync(GrpcChannel channel, string user)
    {
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, new CallOptions([new("x-user", user)]), "x");
        await call.ResponseAsync.WithinAsync();
        return call.GetEndpoint()!.Id;
    }

    /// <summary>Picks the first, and throws for a first or for further attempts: in the hash key or in the policy.</summary>
    private sealed class FaultyBalancer : IAsyncDisposable
    {
        private readonly EndpointDirectory _directory;

        public FaultyBalancer(bool isKey, bool onRetry, params Endpoint[] endpoints)
        {
            _directory = new EndpointDirectory(new StaticEndpointSource(endpoints.Select(static (e, i) => new Endpoint($"{i}", e.Host, e.Port))));
            var keys = 0;
            var key = HashKeySource.From(_ => ++keys == (onRetry ? 2 : 1) ? throw new InvalidOperationException("boom") : "key");
            IBalancingPolicy policy = isKey ? Policy : new FaultyPolicy(Policy, onRetry);
            Balancer = new ServiceBalancer(_directory.Watch(new ServiceQuery("peers")), policy, new ServiceBalancerOptions { HashKey = isKey ? key : null });
            Fault = new Status(
                StatusCode.Internal,
                isKey ? "The function of HashKeySource.From threw: boom." : "The balancing policy 'faulty' could not pick an instance: boom.");
        }

        public Status Fault { get; }

        public RecordingPolicy Policy { get; } = new(new PickFirstPolicy());

        public AttemptLog Log { get; } = new();

        public ServiceBalancer Balancer { get; }

        public async ValueTask DisposeAsync()
        {
            await Balancer.DisposeAsync();
            await _directory.DisposeAsync();
        }
    }

    private sealed class FaultyPolicy(IBalancingPolicy inner, bool onRetry) : IBalancingPolicy
    {
        public string Name => "faulty";

        public EndpointPicker CreatePicker(PickerInput input) =>
            new Picker(input, inner.CreatePicker(input with { Previous = (input.Previous as Picker)?.Inner }), onRetry);

        private sealed class Picker(PickerInput input, EndpointPicker inner, bool onRetry) : EndpointPicker(input)
        {
            public EndpointPicker Inner => inner;

            public override int Choose(in PickContext context) =>
                context.IsRetry == onRetry ? throw new InvalidOperationException("boom") : inner.Choose(context);

            public override void OnReplaced(int slot, int other) => inner.OnReplaced(slot, other);

            public override void OnCompleted(int slot, in CallOutcome outcome) => inner.OnCompleted(slot, outcome);
        }
    }
}
