namespace Rollcall.Conformance.Tests.Linearizability;

/// <summary>What a read found.</summary>
/// <param name="Value">The value.</param>
/// <param name="Index">Its ModifyIndex.</param>
/// <param name="Session">Who holds it; 0: nobody.</param>
internal sealed record KvFound(int Value, ulong Index, int Session);
