using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Kv;

/// <summary>The changes a command may make to keys.</summary>
internal sealed class KvWriter(StoreTransaction transaction)
{
    private const string MissingSession = "missing session";

    private KvState State
    {
        get => transaction.Kv;
        set => transaction.Kv = value;
    }

    /// <summary>Puts a key, whose holder stays. Its count of locks starts anew, as Consul has it.</summary>
    public KvPair Put(string key, byte[]? value, ulong flags)
    {
        var old = State.Find(key);
        return Store(old, key, value, flags, locks: 0, old?.Session);
    }

    /// <summary>Puts a key if it has not changed since.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; the store keeps the array.</param>
    /// <param name="flags">64 bits that belong to the user.</param>
    /// <param name="index">0: only if there is no such key. Else: only if this is its ModifyIndex.</param>
    /// <returns>The pair; null: not put.</returns>
    public KvPair? PutIf(string key, byte[]? value, ulong flags, ulong index) =>
        (State.Find(key)?.ModifyIndex ?? 0) == index ? Put(key, value, flags) : null;

    /// <summary>Puts a key and makes a session its holder, unless another one is.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; the store keeps the array.</param>
    /// <param name="flags">64 bits that belong to the user.</param>
    /// <param name="session">The session's id.</param>
    /// <param name="fault">What is wrong with the session, in Consul's words; null: nothing.</param>
    /// <returns>The pair; null: another session holds it, or did until a moment ago, or there is a fault.</returns>
    public KvPair? Lock(string key, byte[]? value, ulong flags, string session, out string? fault)
    {
        fault = null;
        if (transaction.IsLockDelayed(key))
        {
            return null;
        }

        fault = session.Length == 0 ? MissingSession
            : SessionId.Fault(session) is { } bad ? bad
            : transaction.Sessions.Find(session) is null ? $"invalid session \"{session}\""
            : null;
        var old = State.Find(key);
        var holds = old?.Session == session;
        if (fault is not null || (old?.Session is not null && !holds))
        {
            return null;
        }

        var locks = holds ? old!.LockIndex : (old?.LockIndex ?? 0) + 1;
        return Store(old, key, value, flags, locks, session);
    }

    /// <summary>Puts a key and takes its holder away, if that is the session.</summary>
    /// <returns>The pair; null: the session does not hold it, or none was named.</returns>
    public KvPair? Unlock(string key, byte[]? value, ulong flags, string session, out string? fault)
    {
        fault = session.Length == 0 ? MissingSession : null;
        return fault is null && State.Find(key) is { Session: { } holder } old && holder == session
            ? Store(old, key, value, flags, old.LockIndex, session: null)
            : null;
    }

    /// <summary>The holder of keys is gone; they stay as they are.</summary>
    public void TakeHolder(List<KvPair> pairs)
    {
        if (pairs.Count == 0)
        {
            return;
        }

        State = State with
        {
            Index = transaction.Index,
            Pairs = State.Pairs.SetAll(pairs.ConvertAll(pair => pair with { Session = null, ModifyIndex = transaction.Index })),
        };
        Tell(pairs);
    }

    /// <summary>Deletes a key; one that is not there is no error.</summary>
    public void Delete(string key)
    {
        if (State.Find(key) is { } pair)
        {
            Delete([pair]);
        }
    }

    /// <summary>Deletes a key if it has not changed since. True also if there is none.</summary>
    public bool DeleteIf(string key, ulong index)
    {
        var pair = State.Find(key);
        if (pair is null)
        {
            // Deleting what is not there succeeds, whatever index was asked for.
            return true;
        }

        if (pair.ModifyIndex != index)
        {
            return false;
        }

        Delete([pair]);
        return true;
    }

    /// <summary>Deletes every key that begins with a prefix; an empty prefix deletes all. Gives the number of keys deleted.</summary>
    public int DeleteTree(string prefix)
    {
        var pairs = State.List(prefix).ToList();
        Delete(pairs);
        return pairs.Count;
    }

    /// <summary>Deletes what there is, in one go: who else writes waits for it.</summary>
    public void Delete(List<KvPair> pairs)
    {
        if (pairs.Count == 0)
        {
            return;
        }

        State = State with
        {
            Index = transaction.Index,
            DeletionIndex = transaction.Index,
            Pairs = State.Pairs.RemoveAll(pairs),
            Tombstones = State.Tombstones.SetAll(pairs.ConvertAll(pair => new KvPair { Key = pair.Key, ModifyIndex = transaction.Index })),
        };
        Tell(pairs);
    }

    private KvPair Store(KvPair? old, string key, byte[]? value, ulong flags, ulong locks, string? session)
    {
        if (value is { Length: 0 })
        {
            value = null;
        }

        if (old is not null && old.Flags == flags && old.LockIndex == locks && old.Session == session && old.Value.AsSpan().SequenceEqual(value))
        {
            return old;
        }

        var pair = new KvPair
        {
            Key = key,
            Value = value,
            Flags = flags,
            LockIndex = locks,
            Session = session,
            CreateIndex = old?.CreateIndex ?? transaction.Index,
            ModifyIndex = transaction.Index,
        };
        State = State with { Index = transaction.Index, Pairs = State.Pairs.Set(pair) };
        if (old?.Session != session)
        {
            transaction.SessionWriter.OnHolderChanged(key, old?.Session, session);
        }

        Touch(key);
        return pair;
    }

    // Of keys that have no holder any more, as they were.
    private void Tell(List<KvPair> pairs)
    {
        foreach (var held in pairs.Where(static pair => pair.Session is not null).GroupBy(static pair => pair.Session!, static pair => pair.Key, StringComparer.Ordinal))
        {
            transaction.SessionWriter.OnHolderGone(held.Key, [.. held]);
        }

        foreach (var pair in pairs)
        {
            Touch(pair.Key);
        }
    }

    private void Touch(string key)
    {
        transaction.Touch(Topic.Key(key));
        transaction.Touch(new RowKey(StoreTable.Kv, key));
    }
}
