using Rollcall.Agent.Snapshots;

namespace Rollcall.Agent;

/// <summary>What is in the archive of a snapshot, this agent's or a real Consul's.</summary>
/// <param name="Id">Term, index and time, as whoever made it wrote it.</param>
/// <param name="Index">The last index it holds.</param>
/// <param name="Term">The term of the leader that made it.</param>
/// <param name="Size">Bytes of its state, unpacked.</param>
/// <param name="Version">Of the format.</param>
/// <param name="Records">How many records of each kind its state has, with those that this agent passes over: by names such as <c>Kv</c>; kinds of versions after 1.8 by Consul's number.</param>
public sealed record ConsulSnapshot(string Id, ulong Index, ulong Term, long Size, int Version, IReadOnlyList<KeyValuePair<string, int>> Records)
{
    /// <summary>Reads an archive, and checks its sums.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="maxBytes">How long it may be unpacked. Default 512 MiB, which is what this agent restores; a Consul's may be longer.</param>
    /// <exception cref="InvalidDataException">It is none, or damaged, or too long; the message says where.</exception>
    public static ConsulSnapshot Read(ReadOnlyMemory<byte> archive, int maxBytes = SnapshotArchive.MaxBytes)
    {
        if (SnapshotArchive.Read(archive, out var meta, out var state, maxBytes) is { } fault || StateReader.Read(state, out var counts, out fault) is null)
        {
            throw new InvalidDataException(fault);
        }

        return new ConsulSnapshot(meta!.Id, meta.Index, meta.Term, meta.Size, meta.Version, [.. counts.Select(static entry => KeyValuePair.Create($"{entry.Type}", entry.Count))]);
    }
}
