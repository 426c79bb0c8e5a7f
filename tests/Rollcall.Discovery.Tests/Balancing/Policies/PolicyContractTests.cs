using System.Collections.Immutable;
using System.Text.Json;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>What holds for every policy that comes with the package.</summary>
public sealed class PolicyContractTests
{
    private static readonly CallOutcome s_success = new(CallResult.Success, TimeSpan.FromMilliseconds(5));

    // Those that tests of the extension point have registered are none of them.
    public static TheoryData<string> Names { get; } = [.. BalancingPolicies.Names.Where(static name => name != "last_of_all")];

    // Maglev's table of 65,537 places takes its time to build, hundreds of times.
    private static IBalancingPolicy Find(string name)
    {
        var config = name.StartsWith("maglev", StringComparison.Ordinal) ? "{\"tableSize\":1009}" : "null";
        return BalancingPolicies.TryCreate(name, JsonElement.Parse(config), out var policy, out var fault)
            ? policy
            : throw new InvalidOperationException(fault);
    }

    private static bool GoesByWeight(string name) =>
        name is "weighted_round_robin" or "weighted_random" or "least_request"
        || name.Contains("hash", StringComparison.Ordinal)
        || name.Contains("maglev", StringComparison.Ordinal);

    private static PickContext Call(int number, params Endpoint[] tried) => new() { HashKey = (ulong)number, Tried = tried.Length == 0 ? null : tried };

    private static Endpoint Call(EndpointPicker picker, PickContext context)
    {
        Assert.True(picker.TryPick(context, out var lease));
        lease.Complete(s_success);
        return lease.Endpoint;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EmptyList_NothingIsPicked(string name)
    {
        var policy = Find(name);
        var empty = policy.Create([]);
        Assert.False(empty.TryPick(default, out _));
        Assert.False(empty.TryPick(Call(1, A), out _));

        var filled = policy.Create([A, B], empty);
        Assert.True(filled.TryPick(default, out _));
        Assert.False(policy.Create([], filled).TryPick(default, out _));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void OneEndpoint_TakesAllCalls(string name)
    {
        var picker = Find(name).Create([A]);
        for (var i = 0; i < 100; i++)
        {
            Assert.Same(A, Call(picker, Call(i)));
            Assert.Same(A, Call(picker, Call(i, A)));
            Assert.Same(A, Call(picker, default));
        }

        Assert.Equal(300, picker.States[0].Picks);
        Assert.Equal(0, picker.States[0].InFlight);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Tried_IsNeverPickedWhileAnotherIsLeft(string name)
    {
        foreach (var endpoints in new Endpoint[][] { [A, B, C], [A.With(3), B.With(0), C.With(1)], Many(100) })
        {
            var picker = Find(name).Create([.. endpoints], random: new Random(5));
            for (var i = 0; i < 100; i++)
            {
                // Until all are tried, each attempt goes somewhere else; then it goes somewhere all the same.
                List<Endpoint> tried = [];
                for (var attempt = 0; attempt < Math.Min(5, endpoints.Length); attempt++)
                {
                    var next = Call(picker, new PickContext { HashKey = (ulong)i, Tried = tried });
                    Assert.DoesNotContain(next, tried);
                    tried.Add(next);
                }

                Assert.True(picker.TryPick(new PickContext { Tried = endpoints }, out var any));
                any.Complete(s_success);
                Assert.Equal(endpoints[^1], Call(picker, Call(i, endpoints[..^1])));
            }

            Assert.All(picker.States, state => Assert.Equal(0, state.InFlight));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CallsThatWereGivenUp_DoNotKeepAnEndpointFromBeingPicked(string name)
    {
        var picker = Find(name).Create([A, B], random: new Random(5));
        for (var i = 0; i < 20; i++)
        {
            Assert.True(picker.TryPick(Call(i), out var lease));
            lease.Complete(new CallOutcome(CallResult.Cancelled, TimeSpan.Zero));
            var slot = picker.ChooseFor(Call(i));
            picker.OnReplaced(slot, -1);
        }

        Assert.All(picker.States, state => Assert.Equal(0, state.InFlight));
        HashSet<Endpoint> picked = [.. Enumerable.Range(0, 100).Select(i => Call(picker, Call(i)))];
        Assert.Equal(name == "pick_first" ? 1 : 2, picked.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ListChange_OnlyListedEndpointsArePicked(string name)
    {
        var policy = Find(name);
        var random = new Random(9);
        var all = Many(30);
        EndpointPicker? picker = null;
        for (var change = 0; change < 100; change++)
        {
            ImmutableArray<Endpoint> listed = [.. all.Where(_ => random.Next(2) == 0)];
            picker = policy.Create(listed, picker, random);
            for (var i = 0; i < 20 && listed.Length > 0; i++)
            {
                Assert.Contains(Call(picker, Call(i)), listed);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AllWeightsZero_CountAsEqual(string name)
    {
        var picker = Find(name).Create([A.With(0), B.With(0), C.With(0)], random: new Random(2));
        HashSet<Endpoint> picked = [.. Enumerable.Range(0, 300).Select(i => Call(picker, Call(i)))];

        Assert.Equal(name == "pick_first" ? 1 : 3, picked.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ZeroWeight_TakesNoCallsWhereWeightsCount(string name)
    {
        var picker = Find(name).Create([A.With(1), B.With(0), C.With(2)], random: new Random(2));
        var picked = Enumerable.Range(0, 300).Select(i => Call(picker, Call(i))).ToHashSet();

        if (GoesByWeight(name))
        {
            Assert.Equal(2, picked.Count);
            Assert.DoesNotContain(B, picked);
        }
    }

    /// <summary>What a call has tried may have left the list, or be named twice.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void ZeroWeight_TakesNoFurtherAttemptsWhileAWeightedOneIsUntried(string name)
    {
        if (!GoesByWeight(name))
        {
            return;
        }

        var picker = Find(name).Create([A.With(1), B.With(0), C.With(1)], random: new Random(2));
        var others = Many(5);
        foreach (var tried in new Endpoint[][] { [A], [others[0], others[1], A], [A, A, A], [.. others, A] })
        {
            Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(C, Call(picker, Call(i, tried))));
        }

        Assert.Equal(B, Call(picker, Call(1, A, C, A, C)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PickAndEnd_AllocateNothing(string name)
    {
        var picker = Find(name).Create([.. Many(100)]);
        Run(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(10_000);

        // Less than a byte for each: the runtime itself may have taken some meanwhile.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 9999);

        void Run(int calls)
        {
            for (var i = 0; i < calls; i++)
            {
                picker.TryPick(new PickContext { HashKey = (ulong)i }, out var lease);
                lease.Complete(s_success);
            }
        }
    }

    /// <summary>Callers on several threads, a list that changes all the time, and ends of calls that come long after the picker was replaced.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public async Task Storm_EveryCallGoesToAListedEndpointAndEveryCounterEndsAtZero(string name)
    {
        var policy = Find(name);
        ImmutableArray<Endpoint> all = [.. Many(20).Select((endpoint, i) => endpoint.With(i % 4))];
        var states = all.ToDictionary(endpoint => endpoint, _ => new EndpointState());
        var current = Picker(all, null);
        var done = false;

        // On threads of their own: they don't let go, and the pool's are needed to change the list, and by the tests beside this one.
        Task<long>[] callers =
        [
            .. Enumerable.Range(0, 4).Select(seed => Task.Factory.StartNew(
                () => CallAll(new Random(seed)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
        ];
        var random = new Random(77);
        for (var change = 0; change < 200; change++)
        {
            // Never the empty list: then there would be nothing to pick.
            var skipped = random.Next(all.Length);
            ImmutableArray<Endpoint> part = [.. all.Where((_, i) => i == skipped || random.Next(3) > 0)];
            Volatile.Write(ref current, Picker(part, current));
            await Task.Yield();
        }

        Volatile.Write(ref done, true);
        var calls = await Task.WhenAll(callers).WithinAsync();

        Assert.All(states.Values, state => Assert.Equal(0, state.InFlight));
        Assert.Equal(calls.Sum(), states.Values.Sum(state => state.Picks));

        EndpointPicker Picker(ImmutableArray<Endpoint> part, EndpointPicker? previous) =>
            policy.CreatePicker(new PickerInput(part, previous) { States = [.. part.Select(endpoint => states[endpoint])] });

        long CallAll(Random random)
        {
            var count = 0L;
            var open = new Queue<PickLease>();
            while (!Volatile.Read(ref done) || count < 2000)
            {
                var picker = Volatile.Read(ref current);
                Endpoint[] tried = random.Next(4) == 0 ? [all[random.Next(all.Length)]] : [];
                Assert.True(picker.TryPick(Call(random.Next(), tried), out var lease));
                Assert.True(picker.Endpoints.Length == 1 || !tried.Contains(lease.Endpoint));
                open.Enqueue(lease);
                count++;
                if (open.Count > 30)
                {
                    open.Dequeue().Complete(new CallOutcome((CallResult)random.Next(4), TimeSpan.FromMilliseconds(random.Next(100))));
                }
            }

            while (open.TryDequeue(out var last))
            {
                last.Complete(s_success);
            }

            return count;
        }
    }

}
