namespace Rollcall.LoadTest.Faults;

/// <summary>What one fault of one instance did.</summary>
/// <param name="Fault">Which.</param>
/// <param name="Calls">Calls that ended, those before the fault included.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="FirstFailure">What the first failed call said; null: none failed.</param>
/// <param name="ShareBefore">The share of the attempts before the fault that went to the instance.</param>
/// <param name="ShareAfter">The same from two seconds after the fault on.</param>
/// <param name="Kinds">By kind of calls.</param>
internal sealed record FaultReport(
    Fault Fault, long Calls, long Failed, string? FirstFailure, double ShareBefore, double ShareAfter, IReadOnlyList<KindReport> Kinds)
{
    /// <summary>The instance was in use, no call failed, and each kind was fast again within two seconds.</summary>
    public bool Holds => ShareBefore > 0 && Failed == 0 && Kinds.All(static k => k.BackMs <= FaultsCommand.Limit.TotalMilliseconds);
}
