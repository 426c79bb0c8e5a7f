using Rollcall.Discovery;

namespace Rollcall.Hosting.Diagnostics;

/// <summary>A source that can't be, or could not be, read. Immutable.</summary>
internal sealed record FailureReport(string Reason, DateTimeOffset Since, int Attempts)
{
    public static FailureReport? Of(SourceFailure? failure) => failure is null ? null : new FailureReport(failure.Reason, failure.Since, failure.Attempts);
}
