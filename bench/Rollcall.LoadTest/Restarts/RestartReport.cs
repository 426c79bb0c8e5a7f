namespace Rollcall.LoadTest.Restarts;

/// <summary>What one rolling restart of all instances did.</summary>
/// <param name="Run">Its number, from 1.</param>
/// <param name="Calls">Calls that ended.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="Rate">Calls a second that were really begun.</param>
/// <param name="FirstFailure">What the first failed call said; null: none failed.</param>
internal sealed record RestartReport(int Run, long Calls, long Failed, double Rate, string? FirstFailure);
