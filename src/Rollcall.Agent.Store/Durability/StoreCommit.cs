namespace Rollcall.Agent.Store.Durability;

/// <summary>What one command changed.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Rows">All rows that are other than before.</param>
public sealed record StoreCommit(ulong Index, IReadOnlyList<StoreRow> Rows);
