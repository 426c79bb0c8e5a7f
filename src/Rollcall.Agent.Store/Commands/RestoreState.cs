using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Commands;

/// <summary>
/// Puts what a snapshot holds in the place of everything but what is registered on the agent itself, which is entered into the new catalog again.
/// </summary>
/// <param name="Content">What the snapshot holds. Read at once: nobody's command waits for that.</param>
/// <param name="BuiltIns">Adds what is always there of access rules, so that nobody who wakes misses it; null: nothing.</param>
public sealed record RestoreState(SnapshotContent Content, InitializeAcl? BuiltIns = null) : Command<bool>
{
    private readonly StoreRoot _root = StoreLoader.Load(Content.Rows());

    internal override bool Apply(StoreTransaction transaction)
    {
        foreach (var row in RowsOf(transaction))
        {
            transaction.Touch(row);
        }

        // No index may go back.
        var index = Math.Max(transaction.Index, Content.LastIndex + 1);
        transaction.Restore(StoreLoader.At(_root, index), index);
        foreach (var row in RowsOf(transaction))
        {
            transaction.Touch(row);
        }

        var local = transaction.Local;
        if (local is { Node: { } node, OwnService: { } service, OwnCheck: { } check })
        {
            _ = new AnnounceAgent(node, service, check).Apply(transaction);
            transaction.LocalWriter.Sync(outputs: true);
        }

        BuiltIns?.Apply(transaction);
        transaction.Touch(Topic.Restored);
        return true;
    }

    // The agent's own registrations stay as they are.
    private static IEnumerable<RowKey> RowsOf(StoreTransaction transaction)
    {
        foreach (var (nodeKey, node) in transaction.Catalog.Nodes)
        {
            yield return new RowKey(StoreTable.Node, nodeKey);
            foreach (var service in node.Services.Keys)
            {
                yield return RowKey.Service(nodeKey, service);
            }

            foreach (var check in node.Checks.Keys)
            {
                yield return RowKey.Check(nodeKey, check);
            }
        }

        foreach (var pair in transaction.Kv.Pairs)
        {
            yield return new RowKey(StoreTable.Kv, pair.Key);
        }

        foreach (var key in transaction.Sessions.Sessions.Keys)
        {
            yield return new RowKey(StoreTable.Session, key);
        }

        yield return IndexRows.Floor;
        foreach (var service in transaction.Catalog.Services.Keys)
        {
            yield return IndexRows.Service(service);
        }

        foreach (var service in transaction.Catalog.Connected.Keys)
        {
            yield return IndexRows.Service(service, connected: true);
        }

        yield return new RowKey(StoreTable.AclBootstrap, "");
        foreach (var row in RecordRows.KeysOf(transaction.Records).Concat(AclKinds.KeysOf(transaction.Acl)))
        {
            yield return row;
        }
    }
}
