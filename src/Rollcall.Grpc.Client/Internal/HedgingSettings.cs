using Grpc.Core;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A <see cref="HedgingPolicy"/> that was checked. Immutable.</summary>
/// <param name="policy">Complete, by <see cref="ServiceConfigRules"/>.</param>
/// <param name="cap">Most copies, whatever the policy says; null: no cap.</param>
internal sealed class HedgingSettings(HedgingPolicy policy, int? cap)
{
    // Timers take no more than some weeks.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    private readonly StatusCodeSet _nonFatal = new(policy.NonFatalStatusCodes);

    public int MaxAttempts { get; } = Math.Min(policy.MaxAttempts!.Value, cap ?? int.MaxValue);

    public TimeSpan Delay { get; } = policy.HedgingDelay is { } delay && delay < s_longest ? delay : policy.HedgingDelay is null ? TimeSpan.Zero : s_longest;

    public bool IsNonFatal(StatusCode code) => _nonFatal.Contains(code);
}
