namespace Rollcall.Agent.Store.Durability;

/// <summary>A row as it is after a commit.</summary>
/// <param name="Key">Where it is.</param>
/// <param name="Value">What the table says that it holds; null: there is no such row any more.</param>
public readonly record struct StoreRow(RowKey Key, object? Value);
