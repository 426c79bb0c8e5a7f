namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>How many calls the pickers of one line have lent endpoints to: a list, and those that followed it.</summary>
internal sealed class CallsInFlight
{
    private SharedCounter _count;

    /// <returns>With this one.</returns>
    public long Add() => _count.Increment();

    public void Remove() => _count.Decrement();
}
