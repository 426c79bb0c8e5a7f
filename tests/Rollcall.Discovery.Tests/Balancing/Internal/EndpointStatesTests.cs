using System.Runtime.CompilerServices;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Internal;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing.Internal;

public sealed class EndpointStatesTests
{
    private static EndpointState Of(EndpointStates states, Endpoint endpoint) => states.Of([endpoint])[0];

    [Fact]
    public void EndpointThatComesBack_ItsOpenCallsCountAndNothingElseIsKnown()
    {
        var first = EndpointStates.Empty.Follow([A, B], joinedAt: 0);
        var before = Of(first, A);
        before.OnPicked();
        before.OnPicked();
        before.OnCompleted();
        before.Health.AddFailure();
        var data = before.GetData<List<int>>();

        var back = Of(first.Follow([B], joinedAt: 1).Follow([C], joinedAt: 2).Follow([A], joinedAt: 3), A);

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
        var first = EndpointStates.Empty.Follow([A, B], joinedAt: 0);
        var second = first.Follow([B], joinedAt: 1);

        Of(first, A).OnPicked();

        Assert.Equal(1, Of(second.Follow([A], joinedAt: 2), A).InFlight);
    }

    [Fact]
    public void EndpointsThatLeft_AreForgottenWithTheirLastCall()
    {
        EndpointStates[] newest = [EndpointStates.Empty];
        Follow(newest, A, B, C);
        var idle = StateOf(newest, B);
        var busy = StateOf(newest, C, static state => state.OnPicked());

        Follow(newest, A);
        Follow(newest, A, Many(1)[0]);
        GC.Collect();
        Assert.Equal((false, true), (idle.IsAlive, busy.IsAlive));

        OnCompleted(busy);
        Follow(newest, A);
        GC.Collect();
        Assert.False(busy.IsAlive);
        GC.KeepAlive(newest);

        // No frame of the test may hold a state.
        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Follow(EndpointStates[] newest, params Endpoint[] list) => newest[0] = newest[0].Follow([.. list], joinedAt: 1);

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
