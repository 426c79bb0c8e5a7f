using System.Collections.Frozen;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Selecting;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>Calls that wait for room, or for anything to call.</summary>
public sealed class WaitingCallsTests : IAsyncDisposable
{
    private readonly BalancerHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    private Task<ServiceBalancer> BalanceAsync(int limit, params Endpoint[] endpoints) =>
        _harness.BalanceAsync(new RoundRobinPolicy(), new ServiceBalancerOptions { MaxInFlight = limit }, endpoints);

    private static Task<PickLease> Wait(ServiceBalancer balancer, PickContext context = default, CancellationToken cancellationToken = default) =>
        balancer.PickAsync(context, waitForReady: true, cancellationToken).AsTask();

    private static List<Task<PickLease>> Wait(ServiceBalancer balancer, int calls) => [.. Enumerable.Range(0, calls).Select(_ => Wait(balancer))];

    private static PickLease Pick(ServiceBalancer balancer, PickContext context = default)
    {
        Assert.True(balancer.TryPick(context, out var lease));
        return lease;
    }

    /// <summary>The first so many are served, and no other.</summary>
    private static async Task AssertServedAsync(List<Task<PickLease>> calls, int count)
    {
        await Task.WhenAll(calls[..count]).WithinAsync();
        Assert.All(calls[count..], static call => Assert.False(call.IsCompleted));
    }

    [Fact]
    public async Task EndOfACall_TheFirstThatWaitsHasTheRoomBeforeAnyOther()
    {
        await using var balancer = await BalanceAsync(1, A);
        var held = Pick(balancer);
        var waiting = Wait(balancer, 20);

        for (var i = 0; i < waiting.Count; i++)
        {
            held.Complete(Outcomes.Success);

            Assert.False(balancer.TryPick(default, out _));
            held = await waiting[i].WithinAsync();
            Assert.All(waiting[(i + 1)..], static later => Assert.False(later.IsCompleted));
        }

        held.Complete(Outcomes.Success);
        Assert.Equal(0, balancer.Describe(A).InFlight);
    }

    [Fact]
    public async Task EndOfACall_NoMoreThanOneIsWoken()
    {
        var policy = new WatchedPolicy();
        await using var balancer = await _harness.BalanceAsync(policy, new ServiceBalancerOptions { MaxInFlight = 1 }, A);
        var held = Pick(balancer);
        var waiting = Wait(balancer, 300);
        policy.Choices = 0;

        foreach (var call in waiting)
        {
            held.Complete(Outcomes.Success);
            held = await call.WithinAsync();
        }

        // That one, and the next one that finds it gone.
        Assert.InRange(policy.Choices, 300, 4 * 300);
    }

    [Fact]
    public async Task GivenUp_ItsTurnIsTheNextOnes()
    {
        await using var balancer = await BalanceAsync(1, A);
        var held = Pick(balancer);
        using var impatient = new CancellationTokenSource();
        var first = Wait(balancer, default, impatient.Token);
        var second = Wait(balancer);
        var third = Wait(balancer, default, impatient.Token);
        var fourth = Wait(balancer);

        await impatient.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WithinAsync());
        Assert.Equal(impatient.Token, e.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third.WithinAsync());

        held.Complete(Outcomes.Success);
        held = await second.WithinAsync();
        held.Complete(Outcomes.Success);
        (await fourth.WithinAsync()).Complete(Outcomes.Success);
        Assert.Equal(0, balancer.Describe(A).InFlight);
    }

    [Fact]
    public async Task MoreRoom_AsManyAsItHoldsAreServedInTheirOrder()
    {
        await using var balancer = await BalanceAsync(1, A);
        var held = Pick(balancer);
        var waiting = Wait(balancer, 8);

        balancer.Apply(balancer.Policy, new ServiceBalancerOptions { MaxInFlight = 3 });
        await AssertServedAsync(waiting, 2);

        await _harness.AnswerAsync(balancer, 2, A, B);
        await AssertServedAsync(waiting, 5);

        await _harness.AnswerAsync(balancer, 3, B);
        held.Complete(Outcomes.Success);
        await AssertServedAsync(waiting, 5);

        (await waiting[2]).Complete(Outcomes.Success);
        await AssertServedAsync(waiting, 6);

        balancer.Apply(balancer.Policy);
        await Task.WhenAll(waiting).WithinAsync();
    }

    [Fact]
    public async Task InstanceIsEjectedWithItsCall_TheWaitingOnesGoToOthersUntilItIsBack()
    {
        var options = new ServiceBalancerOptions { MaxInFlight = 1, PanicThreshold = 0, OutlierEjection = { ConsecutiveFailures = 1 } };
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, A, B);
        PickLease[] held = [balancer.Pick(A), balancer.Pick(B)];
        var waiting = Wait(balancer, 3);

        held[0].Complete(Outcomes.Failure);
        Assert.Equal(EndpointStanding.Ejected, balancer.Describe(A).Standing);
        Assert.All(waiting, static call => Assert.False(call.IsCompleted));

        held[1].Complete(Outcomes.Success);
        Assert.Equal(B, (await waiting[0].WithinAsync()).Endpoint);
        Assert.All(waiting[1..], static call => Assert.False(call.IsCompleted));

        _harness.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(A, (await waiting[1].WithinAsync()).Endpoint);
        Assert.False(waiting[2].IsCompleted);
    }

    [Fact]
    public async Task FirstList_AllThatWaitGoOn()
    {
        await using var balancer = new ServiceBalancer(_harness.Directory.Watch(new ServiceQuery("orders")), new RoundRobinPolicy());
        var waiting = Wait(balancer, 50);

        _harness.Source.Answer(1, A, B);

        await Task.WhenAll(waiting).WithinAsync();
        Assert.Equal([25, 25], balancer.Describe().Endpoints.Select(static e => e.InFlight));
    }

    /// <summary>What the first one can't use is for the next one that can.</summary>
    [Fact]
    public async Task RoomOfTheOtherSide_DoesNotWaitForTheFirst()
    {
        var trial = new Endpoint("t", "127.0.0.1", 1009) { Metadata = new Dictionary<string, string> { ["version"] = "2.0.0" }.ToFrozenDictionary() };
        var options = new ServiceBalancerOptions
        {
            MaxInFlight = 1,
            Canary = new CanaryRule { Instances = new EndpointSelector { Version = VersionRange.Parse("^2") }, Percent = 50 },
        };
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, A, trial);
        var onTrial = Pick(balancer, new PickContext { Canary = true });
        var other = Pick(balancer, new PickContext { Canary = false });
        var first = Wait(balancer, new PickContext { Canary = true });
        var second = Wait(balancer, new PickContext { Canary = false });

        other.Complete(Outcomes.Success);
        Assert.Equal(A, (await second.WithinAsync()).Endpoint);
        Assert.False(first.IsCompleted);

        onTrial.Complete(Outcomes.Success);
        Assert.Equal(trial, (await first.WithinAsync()).Endpoint);
    }

    /// <summary>Only a call that has tried all others goes to an instance that is left out.</summary>
    [Fact]
    public async Task RoomForFurtherAttemptsOnly_DoesNotWaitForTheFirst()
    {
        var options = new ServiceBalancerOptions { MaxInFlight = 1, PanicThreshold = 0, OutlierEjection = { ConsecutiveFailures = 1 } };
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, A, B);
        balancer.Pick(A).Complete(Outcomes.Failure);
        var held = Pick(balancer);
        var heldByRetry = Pick(balancer, new PickContext { Tried = [B] });
        Assert.Equal((B, A), (held.Endpoint, heldByRetry.Endpoint));
        var waiting = Wait(balancer, 3);
        var retry = Wait(balancer, new PickContext { Tried = [B] });

        heldByRetry.Complete(Outcomes.Success);

        Assert.Equal(A, (await retry.WithinAsync()).Endpoint);
        Assert.All(waiting, static call => Assert.False(call.IsCompleted));
    }

    [Fact]
    public async Task PolicyThrowsAtAChoice_ThatCallHearsItAndTheNextGoesOn()
    {
        var policy = new WatchedPolicy();
        await using var balancer = await _harness.BalanceAsync(policy, new ServiceBalancerOptions { MaxInFlight = 1 }, A);
        var held = Pick(balancer);
        var waiting = Wait(balancer, 2);

        policy.OnChoice = static () => throw new InvalidOperationException("not this one");
        held.Complete(Outcomes.Success);

        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting[0].WithinAsync());
        Assert.Equal(A, (await waiting[1].WithinAsync()).Endpoint);
    }

    [Fact]
    public async Task RoomBetweenALookAndTheWait_IsFound()
    {
        var policy = new WatchedPolicy();
        await using var balancer = await _harness.BalanceAsync(policy, new ServiceBalancerOptions { MaxInFlight = 1 }, A);
        var held = Pick(balancer);

        policy.OnNoRoom = () => held.Complete(Outcomes.Success);

        Assert.Equal(A, (await Wait(balancer).WithinAsync()).Endpoint);
    }

    [Fact]
    public async Task GivenUpWhileItIsServed_ThePlaceIsTheNextOnes()
    {
        var policy = new WatchedPolicy();
        await using var balancer = await _harness.BalanceAsync(policy, new ServiceBalancerOptions { MaxInFlight = 1 }, A);
        var held = Pick(balancer);
        using var impatient = new CancellationTokenSource();
        var first = Wait(balancer, default, impatient.Token);
        var second = Wait(balancer);

        policy.OnChoice = () =>
        {
            impatient.Cancel();
            Assert.True(SpinWait.SpinUntil(() => first.IsCompleted, TimeSpan.FromSeconds(10)));
        };
        held.Complete(Outcomes.Success);

        Assert.True(first.IsCanceled);
        (await second.WithinAsync()).Complete(Outcomes.Success);
        Assert.Equal(0, balancer.Describe(A).InFlight);
    }

    [Fact]
    public async Task Disposed_TheWaitEnds()
    {
        await using var balancer = await BalanceAsync(1, A);
        _ = Pick(balancer);
        var waiting = Wait(balancer);

        await balancer.DisposeAsync().AsTask().WithinAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.WithinAsync());
    }

    /// <summary>With one place the end of a call is all that can wake the next one.</summary>
    [Fact]
    public async Task StormOnOnePlace_NoWakeUpIsLost()
    {
        await using var balancer = await BalanceAsync(1, A);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(caller => Task.Run(() => CallAsync(balancer, 3000, new Random(caller))))).WithinAsync();

        Assert.Equal(0, balancer.Describe(A).InFlight);
    }

    [Fact]
    public async Task StormWhileInstancesComeGoAndAreEjected_NoWakeUpAndNoPlaceIsLost()
    {
        var options = new ServiceBalancerOptions { MaxInFlight = 2, UnreachableCooldown = TimeSpan.Zero, OutlierEjection = { ConsecutiveFailures = 3 } };
        await using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), options, A, B, C);
        var done = false;
        var changes = Task.Run(async () =>
        {
            for (ulong i = 2; !Volatile.Read(ref done); i++)
            {
                await _harness.AnswerAsync(balancer, i, i % 2 == 0 ? [A, B] : [A, B, C]);
                _harness.Time.Advance(TimeSpan.FromSeconds(10));
            }
        });

        await Task.WhenAll(Enumerable.Range(0, 24).Select(caller => Task.Run(() => CallAsync(balancer, 300, new Random(caller))))).WithinAsync();
        Volatile.Write(ref done, true);
        await changes.WithinAsync();

        Assert.All(balancer.Describe().Endpoints, static e => Assert.Equal(0, e.InFlight));
    }

    /// <summary>Calls one after the other, some of which are given up while they wait or have just been served.</summary>
    private static async Task CallAsync(ServiceBalancer balancer, int calls, Random random)
    {
        for (var i = 0; i < calls; i++)
        {
            using var impatient = new CancellationTokenSource();
            var call = Wait(balancer, default, impatient.Token);
            if (random.Next(5) == 0)
            {
                await impatient.CancelAsync();
            }

            try
            {
                var lease = await call;
                await Task.Yield();
                lease.Complete(random.Next(4) == 0 ? Outcomes.Failure : Outcomes.Success);
            }
            catch (OperationCanceledException) when (impatient.IsCancellationRequested)
            {
            }
        }
    }

    /// <summary>Always the first one. Tells what happens to its choices; but for the count, the next one only.</summary>
    private sealed class WatchedPolicy : IBalancingPolicy
    {
        private int _choices;
        private Action? _onChoice;
        private Action? _onNoRoom;

        public int Choices
        {
            get => Volatile.Read(ref _choices);
            set => Volatile.Write(ref _choices, value);
        }

        public Action? OnChoice
        {
            get => Volatile.Read(ref _onChoice);
            set => Volatile.Write(ref _onChoice, value);
        }

        public Action? OnNoRoom
        {
            get => Volatile.Read(ref _onNoRoom);
            set => Volatile.Write(ref _onNoRoom, value);
        }

        public string Name => "watched";

        public EndpointPicker CreatePicker(PickerInput input) => new Picker(input, this);

        private sealed class Picker(PickerInput input, WatchedPolicy policy) : EndpointPicker(input)
        {
            public override int Choose(in PickContext context)
            {
                Interlocked.Increment(ref policy._choices);
                Interlocked.Exchange(ref policy._onChoice, null)?.Invoke();
                return 0;
            }

            public override void OnReplaced(int slot, int other) => Interlocked.Exchange(ref policy._onNoRoom, null)?.Invoke();
        }
    }
}
