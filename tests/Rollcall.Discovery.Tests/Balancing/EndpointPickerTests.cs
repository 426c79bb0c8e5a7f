using Rollcall.Discovery.Balancing;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class EndpointPickerTests
{
    private static readonly CallOutcome s_success = new(CallResult.Success, TimeSpan.FromMilliseconds(1));

    [Fact]
    public void CallsThatAnOldPickerLent_AreCountedByTheNewOneUntilTheyEnd()
    {
        var policy = new PickFirstPolicy();
        var old = policy.Create([A, B]);
        Assert.True(old.TryPick(default, out var lease));
        Assert.Equal(1, old.States[0].InFlight);

        var next = policy.Create([C, A], old);
        Assert.Equal([0, 1], next.States.Select(s => s.InFlight));
        lease.Complete(s_success);

        Assert.Equal([0, 0], next.States.Select(s => s.InFlight));
        Assert.Equal([0L, 1L], next.States.Select(s => s.Picks));
    }

    [Fact]
    public void EndpointThatLeftAndCameBack_StartsAnewAndItsOldCallsDoNotCount()
    {
        var policy = new PickFirstPolicy();
        var old = policy.Create([A, B]);
        Assert.True(old.TryPick(default, out var lease));

        var back = policy.Create([A, B], policy.Create([B], old));
        lease.Complete(s_success);

        Assert.Equal([0, 0], back.States.Select(s => s.InFlight));
    }

    [Fact]
    public void PolicyThatThrowsAtTheEndOfACall_TheCallIsCountedAsOver()
    {
        var picker = new ThrowingAtTheEnd(new PickerInput([A]));
        Assert.True(picker.TryPick(default, out var lease));

        Assert.Throws<NotSupportedException>(() => lease.Complete(s_success));

        Assert.Equal(0, picker.States[0].InFlight);
    }

    [Fact]
    public void CallsNotCounted_StatesStayAsTheyAre()
    {
        var picker = new RoundRobinPolicy().CreatePicker(new PickerInput([A]) { CountsCalls = false });
        Assert.True(picker.TryPick(default, out _));

        Assert.Equal(0, picker.States[0].Picks);
    }

    [Fact]
    public void StatesOfAnotherList_AreRefused() =>
        Assert.Throws<ArgumentException>(() => new RandomPolicy().CreatePicker(new PickerInput([A, B]) { States = [new EndpointState()] }));

    [Fact]
    public void DataOfAPolicy_StaysWithTheEndpoint()
    {
        var policy = new PickFirstPolicy();
        var old = policy.Create([A, B]);
        var data = old.States[1].GetData<List<int>>();

        Assert.Same(data, policy.Create([B, C], old).States[0].GetData<List<int>>());
        Assert.NotSame(data, policy.Create([B], policy.Create([A], old)).States[0].GetData<List<int>>());
    }

    private sealed class ThrowingAtTheEnd(PickerInput input) : EndpointPicker(input)
    {
        public override int Choose(in PickContext context) => 0;

        public override void OnCompleted(int slot, in CallOutcome outcome) => throw new NotSupportedException();
    }
}
