using System.Runtime.CompilerServices;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing.Internal;

public sealed class EndpointStatesTests
{
    // Nobody left before it.
    private const long Forgotten = 0;

    private static EndpointState Of(EndpointStates states, Endpoint endpoint) => states.Of([endpoint])[0];

    /// <summary>As many callers as there are places, with one call each at a time.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public async Task StormOfNoMoreCallsThanThereAreAllowed_NoneIsRefused(int callers)
    {
        var state = new EndpointState();
        var refused = 0L;
        Task[] storm =
        [
            .. Enumerable.Range(0, callers).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    for (var i = 0; i < 10_000_000 / callers; i++)
                    {
                        if (state.TryPick(callers))
                        {
                            state.OnCompleted();
                        }
                        else
                        {
                            Interlocked.Increment(ref refused);
                        }
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)),
        ];

        await Task.WhenAll(storm).WithinAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(0, refused);
        Assert.Equal(0, state.InFlight);
    }

    [Fact]
    public void EndpointThatComesBack_ItsOpenCallsCountAndNothingElseIsKnown()
    {
        var first = EndpointStates.Empty.Follow([A, B], joinedAt: 0, Forgotten);
        var before = Of(first, A);
        before.OnPicked();
        before.OnPicked();
        before.OnCompleted();
        before.Health.AddFailure();
        var data = before.GetData<List<int>>();

        var back = Of(first.Follow([B], joinedAt: 1, Forgotten).Follow([C], joinedAt: 2, Forgotten).Follow([A], joinedAt: 3, Forgotten), A);

        Assert.Equal((1, 0L), (back.InFlight, back.Picks));
        Assert.Equal((3L, 0), (back.Health.JoinedAt, back.Health.FailuresInARow));
        Assert.NotSame(data, back.GetData<List<int>>());

        // On both sides, from now on: pickers of before may still lend it.
        Assert.False(before.TryPick(1));
        Assert.False(back.TryPick(1));
        Assert.True(back.TryPick(2));
        Assert.Equal((2, 2, 1L), (before.InFlight, back.InFlight, back.Picks));
        before.OnCompleted();
        back.OnCompleted();
        Assert.Equal((0, 0), (before.InFlight, back.InFlight));
    }

    /// <summary>A thread that is about to lend it by the pickers of the list before does so in this time.</summary>
    [Fact]
    public void EndpointIdleWhenItLeft_CallsLentMeanwhileCountInTheNextList()
    {
        var first = EndpointStates.Empty.Follow([A, B], joinedAt: 0, Forgotten);
        var second = first.Follow([B], joinedAt: 1, Forgotten);

        Of(first, A).OnPicked();

        Assert.Equal(1, Of(second.Follow([A], joinedAt: 2, Forgotten), A).InFlight);
    }

    /// <summary>Lists may change within the time that such a thread is held up.</summary>
    [Fact]
    public void EndpointIdleWhenItLeft_CallsLentSeveralListsLaterCount()
    {
        var first = EndpointStates.Empty.Follow([A, B], joinedAt: 0, Forgotten);
        var third = first.Follow([B], joinedAt: 1, Forgotten).Follow([B, C], joinedAt: 2, Forgotten);

        Of(first, A).OnPicked();

        Assert.Equal(1, Of(third.Follow([A], joinedAt: 3, Forgotten), A).InFlight);
    }

    [Fact]
    public void EndpointsThatLeft_AreForgottenAfterATime_AndNotBeforeTheirLastCall()
    {
        EndpointStates[] newest = [EndpointStates.Empty];
        Follow(newest, 0, A, B, C);
        var idle = StateOf(newest, B);
        var busy = StateOf(newest, C, static state => state.OnPicked());

        Follow(newest, 1, A);
        Follow(newest, 10, A, Many(1)[0]);
        GC.Collect();
        Assert.Equal((true, true), (idle.IsAlive, busy.IsAlive));

        Follow(newest, 11, A);
        GC.Collect();
        Assert.Equal((false, true), (idle.IsAlive, busy.IsAlive));

        OnCompleted(busy);
        Follow(newest, 12, A, B);
        GC.Collect();
        Assert.False(busy.IsAlive);
        GC.KeepAlive(newest);

        // No frame of the test may hold a state.
        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Follow(EndpointStates[] newest, long now, params Endpoint[] list) => newest[0] = newest[0].Follow([.. list], now, now - 10);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference StateOf(EndpointStates[] newest, Endpoint endpoint, Action<EndpointState>? call = null)
        {
            var state = Of(newest[0], endpoint);
            call?.Invoke(state);
            return new WeakReference(state);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void OnCompleted(WeakReference state) => Assert.IsType<EndpointState>(state.Target).OnCompleted();
    }
}
