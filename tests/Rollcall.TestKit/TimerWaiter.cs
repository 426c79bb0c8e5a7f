namespace Rollcall.TestKit;

/// <summary>Somebody who waits until the pending timers satisfy a condition.</summary>
internal sealed class TimerWaiter(Predicate<List<FakeTimer>> reached)
{
    private readonly TaskCompletionSource _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task Task => _source.Task;

    internal bool Reached(List<FakeTimer> timers) => reached(timers);

    internal void Complete() => _source.TrySetResult();
}
