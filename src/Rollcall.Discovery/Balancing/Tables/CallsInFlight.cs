namespace Rollcall.Discovery.Balancing.Tables;

/// <summary>How many calls the pickers of one line have lent endpoints to: a list, and those that followed it.</summary>
internal sealed class CallsInFlight
{
    private int _count;

    /// <returns>With this one.</returns>
    public int Add() => Interlocked.Increment(ref _count);

    public void Remove() => Interlocked.Decrement(ref _count);
}
