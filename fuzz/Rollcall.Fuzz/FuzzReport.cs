namespace Rollcall.Fuzz;

/// <summary>What came of a run.</summary>
/// <param name="Target">Name of the target.</param>
/// <param name="Inputs">Inputs that were run, those of the corpus included.</param>
/// <param name="Outcomes">Kinds of outcome that were seen.</param>
/// <param name="Faults">The first faults, no two of the same kind.</param>
/// <param name="FaultCount">All inputs that were faults.</param>
internal sealed record FuzzReport(string Target, long Inputs, int Outcomes, IReadOnlyList<FuzzFault> Faults, long FaultCount);
