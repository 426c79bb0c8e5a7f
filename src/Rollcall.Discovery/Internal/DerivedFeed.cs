using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Selecting.Internal;

namespace Rollcall.Discovery.Internal;

/// <summary>What a query selects in this process from one watch, or from one for each of several datacenters. Asks the source nothing itself.</summary>
internal sealed class DerivedFeed(
    ServiceQuery query, ImmutableArray<ServiceWatcher> parts, string sourceName, DiscoveryEvents events, ILogger logger)
    : EndpointFeed(query, sourceName, events, logger)
{
    // How often a part has changed since the thread that brings this feed up to date last looked; 0: none is at it.
    private int _raised;
    private int _started;

    /// <summary>The watches that it reads, each shared with others.</summary>
    public ImmutableArray<ServiceWatcher> Parts => parts;

    public override long Restarts => parts.Sum(static part => part.Restarts);

    public override SourceFailure? LastFailure => parts.Select(static part => part.LastFailure).OfType<SourceFailure>().MaxBy(static failure => failure.Since);

    public override void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            return;
        }

        foreach (var part in parts)
        {
            part.Add(this);
        }

        Refresh();
        foreach (var part in parts)
        {
            part.Start();
        }
    }

    /// <summary>Its parts end with their own last share, and are not waited for here.</summary>
    public override Task StopAsync()
    {
        foreach (var part in parts)
        {
            part.Remove(this);
        }

        End();
        return Ended;
    }

    /// <summary>A part has changed. Parts have loops of their own: whoever comes while another one is at it leaves the work to that one.</summary>
    public void Refresh()
    {
        if (Interlocked.Increment(ref _raised) != 1)
        {
            return;
        }

        int seen;
        do
        {
            seen = Volatile.Read(ref _raised);
            Publish(Combine());
        }
        while (Interlocked.Add(ref _raised, -seen) != 0);
    }

    private WatchState Combine()
    {
        var states = parts.Select(static part => part.State).ToArray();
        SourceFailure? failure = null;
        var failed = 0;
        var listed = ImmutableArray.CreateBuilder<EndpointSnapshot>(states.Length);
        foreach (var state in states)
        {
            if (state.Failure is not null)
            {
                failed++;
                failure ??= state.Failure;
            }

            if (state.Snapshot is { } snapshot)
            {
                listed.Add(snapshot);
            }
            else if (state.Failure is null && listed.All(static s => s.Endpoints.IsEmpty))
            {
                // A datacenter that has not answered yet is waited for, unless those that are preferred to it have instances.
                return new WatchState(null, null);
            }
        }

        // The others are read: that one can't be is said by the freshness.
        failure = failed == states.Length ? failure : null;
        return new WatchState(listed.Count == 0 ? null : Combine(states, listed), failure);
    }

    private EndpointSnapshot Combine(WatchState[] states, ImmutableArray<EndpointSnapshot>.Builder listed)
    {
        var previous = State.Snapshot?.Endpoints ?? [];
        var all = listed.Count == 1
            ? listed[0].Endpoints
            : EndpointSet.Arrange([.. listed.SelectMany(static s => s.Endpoints)], previous, keepOrder: Query.Near is not null);
        var selected = EndpointSet.Where(all, previous, Query.Select);
        var unread = states.Any(static s => s.Snapshot is null && s.Failure is not null);
        var doubted = listed.MaxBy(static s => s.Freshness)!.Freshness;
        return new EndpointSnapshot
        {
            Query = Query,
            Endpoints = selected,
            Index = listed.Count == 1 ? listed[0].Index : 0,
            Freshness = unread && doubted == SnapshotFreshness.Fresh ? SnapshotFreshness.Stale : doubted,
            ConfirmedAt = listed.Min(static s => s.ConfirmedAt),
            Reason = Words(states, static s => s.Snapshot is { } snapshot ? snapshot.Reason : s.Failure?.Reason),
            Note = selected.IsEmpty && !all.IsEmpty ? EmptySelection.Explain(all, Query.Select) : Words(states, static s => s.Snapshot?.Note),
        };
    }

    /// <summary>What each part has to say; where there are several, with the name of its datacenter.</summary>
    private string? Words(WatchState[] states, Func<WatchState, string?> words)
    {
        var said = new List<string>();
        for (var i = 0; i < states.Length; i++)
        {
            if (words(states[i]) is { } text)
            {
                said.Add(states.Length == 1 ? text : $"in {parts[i].Query.Datacenters[0]}: {text}");
            }
        }

        return said.Count == 0 ? null : string.Join("; ", said);
    }
}
