namespace Rollcall.Hosting.Diagnostics;

/// <summary>How a list is followed. Immutable.</summary>
/// <param name="Restarts">How often the watch was started again after a failure.</param>
/// <param name="Failure">Why the source can't be read now; null: it can.</param>
/// <param name="LastFailure">The last failure, which may be over; null: there was none.</param>
internal sealed record WatchReport(long Restarts, FailureReport? Failure, FailureReport? LastFailure);
