using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Sessions;

/// <summary>The changes a command may make to sessions. A session that ends takes its locks along.</summary>
internal sealed class SessionWriter(StoreTransaction transaction)
{
    // Whatever a session asks for (https://developer.hashicorp.com/consul/docs/dynamic-app-config/sessions: from 0 to 60 seconds).
    private static readonly TimeSpan s_longestLockDelay = TimeSpan.FromSeconds(60);

    private SessionState State
    {
        get => transaction.Sessions;
        set => transaction.Sessions = value;
    }

    /// <summary>Adds a session. Gives the reason why not, in Consul's words, or null.</summary>
    public string? Create(Session session)
    {
        if (transaction.Catalog.FindNode(session.Node) is not { } node)
        {
            return "Missing node registration";
        }

        foreach (var checkId in SessionState.CheckIdsOf(session))
        {
            if (!node.Checks.TryGetValue(CatalogKey.Of(checkId), out var check))
            {
                return $"Missing check '{checkId}' registration";
            }

            if (check.Status == CheckStatus.Critical)
            {
                return $"Check '{checkId}' is in critical state";
            }
        }

        var key = SessionId.KeyOf(session.Id);
        session = session with { CreateIndex = transaction.Index, ModifyIndex = transaction.Index };
        var dependents = State.Dependents;
        foreach (var dependency in SessionState.DependenciesOf(session))
        {
            var keys = dependents.GetValueOrDefault(dependency, SessionState.NoKeys);
            dependents = dependents.SetItem(dependency, keys.Add(key));
        }

        State = State with { Index = transaction.Index, Sessions = State.Sessions.Add(key, session), Dependents = dependents };
        transaction.Touch(Topic.Sessions);
        transaction.Touch(new RowKey(StoreTable.Session, key));
        return null;
    }

    /// <summary>Ends a session; one that is not there is no error.</summary>
    public void End(string key)
    {
        if (!State.Sessions.TryGetValue(key, out var session))
        {
            return;
        }

        var delay = TimeSpan.FromTicks(session.LockDelay / TimeSpan.NanosecondsPerTick);
        var held = State.Held.GetValueOrDefault(key, SessionState.NoLocks).Select(locked => transaction.Kv.Find(locked)!).ToList();
        if (session.Behavior == SessionBehavior.Delete)
        {
            transaction.KvWriter.Delete(held);
        }
        else
        {
            transaction.KvWriter.TakeHolder(held);
        }

        foreach (var locked in held)
        {
            transaction.DelayLock(locked.Key, delay < s_longestLockDelay ? delay : s_longestLockDelay);
        }

        var dependents = State.Dependents;
        foreach (var dependency in SessionState.DependenciesOf(session))
        {
            var keys = dependents[dependency].Remove(key);
            dependents = keys.IsEmpty ? dependents.Remove(dependency) : dependents.SetItem(dependency, keys);
        }

        DeleteQuery.OfSession(transaction, key);
        State = State with { Index = transaction.Index, Sessions = State.Sessions.Remove(key), Dependents = dependents };
        transaction.Touch(Topic.Sessions);
        transaction.Touch(new RowKey(StoreTable.Session, key));
    }

    /// <summary>A check of a node became critical, or is gone.</summary>
    public void OnCheckLost(string nodeKey, string checkKey) => EndDependents(SessionState.DependencyKey(nodeKey, checkKey));

    /// <summary>A node is gone.</summary>
    public void OnNodeLost(string nodeKey) => EndDependents(SessionState.DependencyKey(nodeKey));

    /// <summary>A key has another holder than before.</summary>
    public void OnHolderChanged(string key, string? before, string? after)
    {
        if (before is not null)
        {
            OnHolderGone(before, [key]);
        }

        if (after is not null)
        {
            var session = SessionId.KeyOf(after);
            State = State with { Held = State.Held.SetItem(session, State.Held.GetValueOrDefault(session, SessionState.NoLocks).Add(key)) };
        }
    }

    /// <summary>Keys that a session held have no holder any more.</summary>
    public void OnHolderGone(string holder, List<string> keys)
    {
        var session = SessionId.KeyOf(holder);
        var left = State.Held.GetValueOrDefault(session, SessionState.NoLocks).ToBuilder();
        left.ExceptWith(keys);
        State = State with { Held = left.Count == 0 ? State.Held.Remove(session) : State.Held.SetItem(session, left.ToImmutable()) };
    }

    private void EndDependents(string dependency)
    {
        foreach (var key in State.Dependents.GetValueOrDefault(dependency) ?? [])
        {
            End(key);
        }
    }
}
