namespace Rollcall.Cli.Commands.Explain.Callers;

/// <summary>What a caller was asked, and what it told. Immutable.</summary>
/// <param name="Address">Where it was asked.</param>
/// <param name="Reply">What it told; null: <paramref name="Fault"/> says why nothing.</param>
/// <param name="Fault">In words for a person.</param>
/// <param name="Advice">What to do about that.</param>
internal sealed record CallerView(Uri Address, CallerReply? Reply, string? Fault = null, string? Advice = null);
