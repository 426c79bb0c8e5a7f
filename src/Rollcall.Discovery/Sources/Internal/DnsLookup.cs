namespace Rollcall.Discovery.Sources.Internal;

/// <summary>What DNS says to a question that may have taken several.</summary>
/// <param name="Found">The answer.</param>
/// <param name="Ttl">For how many seconds it holds.</param>
/// <param name="Doubt">What of it is old or missing, because it could not be asked for, for a person. Null: nothing.</param>
/// <param name="Note">What else could not be asked for. Null: nothing.</param>
internal sealed record DnsLookup<T>(IReadOnlyList<T> Found, uint Ttl, string? Doubt = null, string? Note = null);
