namespace Rollcall.Discovery.Events;

/// <summary>The source could not be read; the watch starts again after a pause, and the last list is kept.</summary>
/// <param name="Time">When.</param>
/// <param name="Query">What is watched.</param>
/// <param name="Failure">What went wrong, and for how long already.</param>
public sealed record WatchFailed(DateTimeOffset Time, ServiceQuery Query, SourceFailure Failure) : DiscoveryEvent(Time, Query);
