namespace Rollcall.Discovery;

/// <summary>The source of a watch can't be read at the moment. Immutable.</summary>
/// <param name="Reason">What the last attempt ran into, in words for a person.</param>
/// <param name="Since">When the first attempt of this row failed.</param>
/// <param name="Attempts">How many attempts have failed in a row.</param>
/// <param name="Error">The last attempt's error; null when the source ended the watch without one.</param>
public sealed record SourceFailure(string Reason, DateTimeOffset Since, int Attempts, Exception? Error);
