using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Kv;
using Rollcall.Agent.Store.Local;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store;

/// <summary>The root that one command is building, and what it has changed so far. Used by the single writer only.</summary>
public sealed class StoreTransaction
{
    private readonly StoreRoot _before;
    private readonly LockDelays _delays;
    private readonly HashSet<Topic> _changed = [];
    private readonly HashSet<RowKey> _rows = [];
    private List<(string Key, TimeSpan Delay)>? _delayed;

    internal StoreTransaction(StoreRoot root, LockDelays delays)
    {
        _before = root;
        _delays = delays;
        Index = root.Index + 1;
        Epoch = root.Epoch;
        (Catalog, Kv, Local, Sessions, Records) = (root.Catalog, root.Kv, root.Local, root.Sessions, root.Records);
        Acl = root.Acl;
    }

    /// <summary>The index this command gets if it changes anything.</summary>
    public ulong Index { get; private set; }

    /// <summary>How often the state was put in the place of another.</summary>
    internal int Epoch { get; private set; }

    internal CatalogState Catalog { get; set; }

    internal KvState Kv { get; set; }

    internal LocalState Local { get; set; }

    internal SessionState Sessions { get; set; }

    internal RecordState Records { get; set; }

    internal AclState Acl { get; set; }

    internal CatalogWriter CatalogWriter => field ??= new CatalogWriter(this);

    internal GatewayWriter GatewayWriter => field ??= new GatewayWriter(this);

    internal KvWriter KvWriter => field ??= new KvWriter(this);

    internal LocalWriter LocalWriter => field ??= new LocalWriter(this);

    internal SessionWriter SessionWriter => field ??= new SessionWriter(this);

    internal AclWriter AclWriter => field ??= new AclWriter(this);

    internal IReadOnlyCollection<Topic> Changed => _changed;

    /// <summary>Keys that nobody may lock for a while, once this is built.</summary>
    internal IReadOnlyList<(string Key, TimeSpan Delay)> Delayed => _delayed ?? [];

    internal void Touch(Topic topic) => _changed.Add(topic);

    /// <summary>A row is other than before, or may be.</summary>
    internal void Touch(RowKey row) => _rows.Add(row);

    /// <summary>Whether the lock on a key was lost with its session so short a time ago that nobody may take it yet.</summary>
    internal bool IsLockDelayed(string key) => _delays.Holds(key);

    /// <summary>From the commit on nobody may lock a key for a while.</summary>
    internal void DelayLock(string key, TimeSpan delay) => (_delayed ??= []).Add((key, delay));

    /// <summary>Puts another state in the place of this one, apart from what is registered on the agent and the events.</summary>
    internal void Restore(StoreRoot root, ulong index)
    {
        (Catalog, Kv, Sessions, Records) = (root.Catalog, root.Kv, root.Sessions, root.Records with { Events = Records.Events });
        Acl = root.Acl;
        (Index, Epoch) = (index, Epoch + 1);
    }

    /// <summary>Takes back everything that was changed so far.</summary>
    internal void RollBack()
    {
        (Catalog, Kv, Local, Sessions, Records) = (_before.Catalog, _before.Kv, _before.Local, _before.Sessions, _before.Records);
        Acl = _before.Acl;
        _changed.Clear();
        _rows.Clear();
        _delayed = null;
    }

    /// <summary>How many rows are other than before, or may be.</summary>
    internal int RowCount => _rows.Count;

    /// <summary>What has to be kept of the command.</summary>
    /// <param name="next">The root after it.</param>
    internal StoreCommit Commit(StoreRoot next)
    {
        List<StoreRow> rows = [.. _rows.Select(row => new StoreRow(row, RowReader.Read(next, row)))];
        rows.AddRange(IndexRows.Moved(_before, next, rows).ToList());
        return new StoreCommit(next.Index, rows);
    }

    /// <summary>The root after the command; delays of locks begin.</summary>
    internal StoreRoot Build()
    {
        foreach (var (key, delay) in Delayed)
        {
            _delays.Start(key, delay);
        }

        return new(Index, Catalog, Kv, Local, Sessions, Records) { Acl = Acl, Epoch = Epoch };
    }
}
