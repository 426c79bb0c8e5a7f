namespace Rollcall.Agent.Snapshots;

/// <summary>What a snapshot says of itself: what <c>consul snapshot inspect</c> prints.</summary>
/// <param name="Id">Term, index and time.</param>
/// <param name="Index">The last index it holds.</param>
/// <param name="Term">The term of the leader that made it.</param>
/// <param name="Size">Bytes of its state.</param>
/// <param name="Version">Of the format.</param>
internal sealed record SnapshotMeta(string Id, ulong Index, ulong Term, long Size, int Version);
