using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class ServiceBalancerTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedSource _source = new();
    private readonly LogCollector _log = new();
    private readonly EndpointDirectory _directory;

    public ServiceBalancerTests() => _directory = new EndpointDirectory(_source, timeProvider: _time, loggerFactory: _log, random: new Random(1));

    public async ValueTask DisposeAsync()
    {
        await _directory.DisposeAsync().AsTask().WithinAsync();
        _log.Dispose();
    }

    private static CallOutcome Outcome(CallResult result) => new(result, TimeSpan.Zero);

    private ServiceBalancer Balance(IBalancingPolicy? policy = null) =>
        new(_directory.Watch(new ServiceQuery("orders")), policy ?? new RoundRobinPolicy(), new ServiceBalancerOptions { Random = new Random(7) });

    private async Task<ServiceBalancer> BalanceAsync(params Endpoint[] endpoints)
    {
        var balancer = Balance();
        _source.Answer(1, endpoints);
        await balancer.Watch.FirstAsync().AsTask().WithinAsync();
        await Eventually.TrueAsync(() => endpoints.Length == 0 || balancer.TryPick(default, out _));
        return balancer;
    }

    private static string[] Picks(ServiceBalancer balancer, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => balancer.TryPick(default, out var lease) ? lease.Endpoint.Id : "-")];

    [Fact]
    public async Task NoAnswerYet_PickWaitsForTheFirst()
    {
        await using var balancer = Balance();
        Assert.False(balancer.TryPick(default, out _));
        var pick = balancer.PickAsync(default).AsTask();
        Assert.False(pick.IsCompleted);

        _source.Answer(1, A);

        Assert.Equal(A, (await pick.WithinAsync()).Endpoint);
    }

    [Fact]
    public async Task NoInstance_FailsAtOnceAndSaysWhatToDo()
    {
        await using var balancer = Balance();
        _source.Answer(new EndpointUpdate { Endpoints = [], Index = 1, Note = "2 are registered, none passes: a (TTL expired)" });

        var e = await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());

        Assert.Equal(NoEndpointReason.NoInstance, e.Reason);
        Assert.Contains("'orders'", e.Message, StringComparison.Ordinal);
        Assert.Contains("2 are registered, none passes", e.Message, StringComparison.Ordinal);
        Assert.Contains("Start an instance", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoInstance_WaitForReadyWaitsUntilThereIsOne()
    {
        await using var balancer = await BalanceAsync();
        var pick = balancer.PickAsync(default, waitForReady: true).AsTask();
        Assert.False(pick.IsCompleted);

        _source.Answer(2, B);
        await _time.WaitForTimersAsync(0);

        Assert.Equal(B, (await pick.WithinAsync()).Endpoint);
    }

    [Fact]
    public async Task NoInstance_WaitForReadyHonoursTheDeadline()
    {
        await using var balancer = await BalanceAsync();
        using var deadline = new CancellationTokenSource();
        var pick = balancer.PickAsync(default, waitForReady: true, deadline.Token).AsTask();

        await deadline.CancelAsync();

        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pick.WithinAsync());
        Assert.Equal(deadline.Token, e.CancellationToken);
    }

    [Fact]
    public async Task SourceUnreachableFromTheStart_FailsAfterTheFirstAttempt()
    {
        _source.Down = new HttpRequestException("connection refused");
        await using var balancer = Balance();

        var e = await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());

        Assert.Equal(NoEndpointReason.SourceUnreachable, e.Reason);
        Assert.Contains("the scripted source can't be read since", e.Message, StringComparison.Ordinal);
        Assert.Contains("connection refused", e.Message, StringComparison.Ordinal);
        Assert.IsType<HttpRequestException>(e.InnerException);
    }

    [Fact]
    public async Task SourceUnreachableFromTheStart_WaitForReadyWaitsUntilItIsBack()
    {
        _source.Down = new HttpRequestException("connection refused");
        await using var balancer = Balance();
        var pick = balancer.PickAsync(default, waitForReady: true).AsTask();
        await _time.WaitForTimersAsync(1);

        _source.Down = null;
        _source.Answer(1, A);
        await _time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => pick.IsCompleted);

        Assert.Equal(A, (await pick).Endpoint);
    }

    [Fact]
    public async Task Disposed_WaitingPicksEnd()
    {
        var balancer = Balance();
        var pick = balancer.PickAsync(default, waitForReady: true).AsTask();

        await balancer.DisposeAsync().AsTask().WithinAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => pick.WithinAsync());
        Assert.Equal(0, _source.Open);
    }

    [Fact]
    public async Task Unreachable_IsLeftOutAndComesBackAfterTheCooldown()
    {
        await using var balancer = await BalanceAsync(A, B, C);
        var lease = await PickAsync(balancer, B);

        lease.Complete(Outcome(CallResult.Unreachable));

        Assert.DoesNotContain("b", Picks(balancer, 30));
        var six = Picks(balancer, 6);
        Assert.Equal(3, six.Count(id => id == "a"));
        Assert.Equal(3, six.Count(id => id == "c"));
        _time.Advance(TimeSpan.FromMilliseconds(1001));
        Assert.Equal(10, Picks(balancer, 30).Count(id => id == "b"));
    }

    [Fact]
    public async Task UnreachableAgain_TheCooldownDoublesUpToTheCapAndASuccessEndsIt()
    {
        await using var balancer = await BalanceAsync(A, B);
        foreach (double seconds in new[] { 1, 2, 4, 8, 10, 10 })
        {
            var lease = await PickAsync(balancer, B);
            var concurrent = await PickAsync(balancer, B);
            lease.Complete(Outcome(CallResult.Unreachable));
            concurrent.Complete(Outcome(CallResult.Unreachable));
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.DoesNotContain("b", Picks(balancer, 4));
            _time.Advance(TimeSpan.FromMilliseconds(2));
            Assert.Contains("b", Picks(balancer, 4));
        }

        (await PickAsync(balancer, B)).Complete(Outcome(CallResult.Success));
        (await PickAsync(balancer, B)).Complete(Outcome(CallResult.Unreachable));
        _time.Advance(TimeSpan.FromMilliseconds(1001));
        Assert.Contains("b", Picks(balancer, 4));
    }

    [Fact]
    public async Task SuccessOfACallFromBeforeTheRefusal_DoesNotEndTheCooldown()
    {
        await using var balancer = await BalanceAsync(A, B);
        var longCall = await PickAsync(balancer, B);
        _time.Advance(TimeSpan.FromSeconds(5));
        (await PickAsync(balancer, B)).Complete(Outcome(CallResult.Unreachable));
        _time.Advance(TimeSpan.FromMilliseconds(100));

        longCall.Complete(new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(5100)));

        Assert.DoesNotContain("b", Picks(balancer, 10));
    }

    [Fact]
    public async Task AllUnreachable_AllArePickedAgain()
    {
        await using var balancer = await BalanceAsync(A, B);
        (await PickAsync(balancer, A)).Complete(Outcome(CallResult.Unreachable));
        (await PickAsync(balancer, B)).Complete(Outcome(CallResult.Unreachable));

        var picks = Picks(balancer, 4);
        Assert.Contains("a", picks);
        Assert.Contains("b", picks);
    }

    [Fact]
    public async Task RetryAfterAllOthersWereTried_GoesToTheOneLeftOut()
    {
        await using var balancer = await BalanceAsync(A, B);
        (await PickAsync(balancer, A)).Complete(Outcome(CallResult.Unreachable));

        Assert.True(balancer.TryPick(new PickContext { Tried = [B] }, out var lease));

        Assert.Equal(A, lease.Endpoint);
    }

    [Fact]
    public async Task PickFirst_MovesOnWhenItsEndpointRefusesAndStaysThere()
    {
        await using var balancer = Balance(new PickFirstPolicy());
        _source.Answer(1, A, B, C);
        var lease = await balancer.PickAsync(default).AsTask().WithinAsync();
        Assert.Equal(A, lease.Endpoint);

        lease.Complete(Outcome(CallResult.Unreachable));

        Assert.Equal(["b", "b", "b"], Picks(balancer, 3));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["b", "b", "b"], Picks(balancer, 3));
    }

    [Fact]
    public async Task ListChanges_PicksFollow()
    {
        await using var balancer = await BalanceAsync(A, B);

        _source.Answer(2, B, C);

        await Eventually.TrueAsync(() => Picks(balancer, 2) is var two && two.Contains("c") && !two.Contains("a"));
    }

    [Theory]
    [InlineData("pick_first")]
    [InlineData("random")]
    [InlineData("round_robin")]
    public async Task Pick_AllocatesNothing(string policy)
    {
        await using var balancer = Balance(BalancingPolicies.Find(policy));
        _source.Answer(1, A, B, C);
        await balancer.PickAsync(default).AsTask().WithinAsync();
        var retry = new PickContext { Tried = [A] };
        var outcome = Outcome(CallResult.Success);
        Run(10_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(10_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);

        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                balancer.TryPick(default, out var first);
                first.Complete(outcome);
                balancer.TryPick(retry, out var second);
                second.Complete(outcome);
            }
        }
    }

    [Fact]
    public async Task Storm_EveryPickIsValidWhileListsAndCooldownsChange()
    {
        await using var balancer = await BalanceAsync(A, B, C);

        await BalancerHarness.StormAsync(balancer, i =>
        {
            _source.Answer((ulong)i + 2, i % 2 == 0 ? [A, B] : [A, B, C]);
            _time.Advance(TimeSpan.FromMilliseconds(50));
        });
    }

    /// <summary>Picks until it is the wanted endpoint's turn.</summary>
    private static async Task<PickLease> PickAsync(ServiceBalancer balancer, Endpoint wanted)
    {
        PickLease lease = default;
        await Eventually.TrueAsync(() => balancer.TryPick(default, out lease) && lease.Endpoint.Equals(wanted));
        return lease;
    }
}
