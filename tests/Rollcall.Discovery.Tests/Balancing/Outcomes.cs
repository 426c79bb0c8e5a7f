using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>Ends of calls, for tests.</summary>
internal static class Outcomes
{
    public static CallOutcome Success { get; } = new(CallResult.Success, TimeSpan.Zero);

    public static CallOutcome Failure { get; } = new(CallResult.Failure, TimeSpan.Zero);

    public static CallOutcome Unreachable { get; } = new(CallResult.Unreachable, TimeSpan.Zero);

    public static CallOutcome Cancelled { get; } = new(CallResult.Cancelled, TimeSpan.Zero);
}
