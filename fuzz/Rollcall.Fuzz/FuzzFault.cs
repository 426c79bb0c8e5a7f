namespace Rollcall.Fuzz;

/// <summary>An input that should not have done what it did.</summary>
/// <param name="Input">The bytes.</param>
/// <param name="What">The exception, or how long it took.</param>
internal sealed record FuzzFault(byte[] Input, string What);
