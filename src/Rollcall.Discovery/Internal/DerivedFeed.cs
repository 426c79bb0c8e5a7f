using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Selecting.Internal;

namespace Rollcall.Discovery.Internal;

/// <summary>What a query selects in this process from one watch, or from one for each of several datacenters. Asks the source nothing itself.</summary>
internal sealed partial class DerivedFeed : EndpointFeed
{
    private readonly ImmutableArray<SourceFeed> _parts;
    private readonly Coalesced _refresh;
    private int _started;

    public DerivedFeed(ServiceQuery query, ImmutableArray<SourceFeed> parts, string sourceName, DiscoveryEvents events, ILogger logger)
        : base(query, sourceName, events, logger)
    {
        _parts = parts;
        _refresh = new Coalesced(Update);
    }

    /// <summary>The watches that it reads, each shared with others.</summary>
    public ImmutableArray<SourceFeed> Parts => _parts;

    public override long Restarts => _parts.Sum(static part => part.Restarts);

    public override SourceFailure? LastFailure => _parts.Select(static part => part.LastFailure).OfType<SourceFailure>().MaxBy(static failure => failure.Since);

    public override void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            return;
        }

        foreach (var part in _parts)
        {
            part.Add(this);
        }

        Refresh();
        foreach (var part in _parts)
        {
            part.Start();
        }
    }

    /// <summary>Its parts end with their own last share, and are not waited for here.</summary>
    public override Task StopAsync()
    {
        foreach (var part in _parts)
        {
            part.Remove(this);
        }

        End();
        return Ended;
    }

    /// <summary>A part has changed. Parts have loops of their own: whoever comes while another one is at it leaves the work to that one.</summary>
    public void Refresh() => _refresh.Run();

    private void Update()
    {
        try
        {
            Publish(Combine());
        }
#pragma warning disable CA1031 // It runs in the loop of a part, which goes on for the others that read it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.NotDerived(Logger, e, Query, SourceName);
        }
    }

    private WatchState Combine()
    {
        var states = _parts.Select(static part => part.State).ToArray();
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
            ConfirmedAt = ConfirmedAt(states),
            Reason = Words(states, static s => s.Snapshot is { } snapshot ? snapshot.Reason : s.Failure?.Reason),
            Note = selected.IsEmpty && !all.IsEmpty ? EmptySelection.Explain(all, Query.Select) : Words(states, static s => s.Snapshot?.Note),
        };
    }

    /// <summary>Since when one part or another is not vouched for; while all are, since when all of them are.</summary>
    private static DateTimeOffset ConfirmedAt(WatchState[] states)
    {
        var doubted = states
            .Where(static s => s.Snapshot is { Freshness: not SnapshotFreshness.Fresh } || (s.Snapshot is null && s.Failure is not null))
            .Select(static s => s.Snapshot?.ConfirmedAt ?? s.Failure!.Since)
            .ToList();
        return doubted.Count > 0 ? doubted.Min() : states.Max(static s => s.Snapshot?.ConfirmedAt ?? DateTimeOffset.MinValue);
    }

    /// <summary>What each part has to say; where there are several, with the name of its datacenter.</summary>
    private string? Words(WatchState[] states, Func<WatchState, string?> words)
    {
        var said = new List<string>();
        for (var i = 0; i < states.Length; i++)
        {
            if (words(states[i]) is { } text)
            {
                said.Add(states.Length == 1 ? text : $"in {_parts[i].Query.Datacenters[0]}: {text}");
            }
        }

        return said.Count == 0 ? null : string.Join("; ", said);
    }
}
