using Rollcall.Agent.Store.Kv;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Forgets keys that were deleted up to an index. Of each folder it stays known when the last of them went, so that no index goes backwards.</summary>
public sealed record KvReapTombstones(ulong UpToIndex) : Command<int>
{
    /// <summary>Folders that are remembered. Beyond that the half of them that was quiet for longest is forgotten, for which every prefix shows a little more.</summary>
    internal const int MaxFolders = 1024;

    internal override int Apply(StoreTransaction transaction)
    {
        var kv = transaction.Kv;
        var old = kv.Tombstones.Where(tombstone => tombstone.ModifyIndex <= UpToIndex).ToList();
        if (old.Count == 0)
        {
            return 0;
        }

        var folders = kv.Reaped.ToDictionary(static folder => folder.Key, static folder => folder.ModifyIndex, StringComparer.Ordinal);
        foreach (var tombstone in old)
        {
            var folder = KvState.FolderOf(tombstone.Key);
            folders[folder] = Math.Max(folders.GetValueOrDefault(folder), tombstone.ModifyIndex);
        }

        var kept = folders.OrderByDescending(static folder => folder.Value).Take(folders.Count > MaxFolders ? MaxFolders / 2 : MaxFolders).ToList();
        var forgotten = folders.Count > kept.Count ? folders.ExceptBy(kept.Select(static folder => folder.Key), static folder => folder.Key).Max(static folder => folder.Value) : 0;
        transaction.Kv = kv with
        {
            Tombstones = kv.Tombstones.RemoveAll(old),
            Reaped = KvTree.Empty.SetAll(kept.ConvertAll(static folder => new KvPair { Key = folder.Key, ModifyIndex = folder.Value })),
            ForgottenIndex = Math.Max(kv.ForgottenIndex, forgotten),
        };
        return old.Count;
    }
}
