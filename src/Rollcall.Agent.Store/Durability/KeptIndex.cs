namespace Rollcall.Agent.Store.Durability;

/// <summary>An index that queries wait on, where it is not that of a row: that of something that is gone.</summary>
/// <param name="Index">The commit.</param>
public sealed record KeptIndex(ulong Index);
