using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Events;

namespace Rollcall.Discovery.Internal;

/// <summary>What the shares of a query read: the newest state, and callbacks on its changes. One thread at a time publishes; anybody reads.</summary>
internal abstract partial class EndpointFeed(ServiceQuery query, string sourceName, DiscoveryEvents events, ILogger logger)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableArray<ChangeRegistration> _registrations = [];
    private ImmutableArray<DerivedFeed> _dependents = [];
    private volatile WatchState _state = new(null, null);

    public ServiceQuery Query { get; } = query;

    public string SourceName { get; } = sourceName;

    public WatchState State => _state;

    /// <summary>No newer state will come.</summary>
    public bool HasEnded => _ended.Task.IsCompleted;

    /// <summary>How many share it, feeds that are derived from it among them. Guarded by the directory's lock.</summary>
    public int Shares { get; set; }

    /// <summary>How often what it reads was started again after a failure.</summary>
    public abstract long Restarts { get; }

    /// <summary>The last failure of what it reads, which may be over; null: there was none.</summary>
    public abstract SourceFailure? LastFailure { get; }

    protected ILogger Logger { get; } = logger;

    /// <summary>Completes when no newer state will come.</summary>
    protected Task Ended => _ended.Task;

    /// <summary>Starts what brings states unless it runs already.</summary>
    public abstract void Start();

    /// <summary>Ends what brings states; the task ends when it has. Safe to call twice.</summary>
    public abstract Task StopAsync();

    public void Add(ChangeRegistration registration) =>
        ImmutableInterlocked.Update(ref _registrations, static (all, one) => all.Add(one), registration);

    public void Remove(ChangeRegistration registration) =>
        ImmutableInterlocked.Update(ref _registrations, static (all, one) => all.Remove(one), registration);

    /// <summary>Ends the callbacks of one share.</summary>
    public void RemoveAll(EndpointWatch share)
    {
        foreach (var registration in _registrations)
        {
            if (registration.Share == share)
            {
                registration.Dispose();
            }
        }
    }

    public void Add(DerivedFeed dependent) =>
        ImmutableInterlocked.Update(ref _dependents, static (all, one) => all.Add(one), dependent);

    public void Remove(DerivedFeed dependent) =>
        ImmutableInterlocked.Update(ref _dependents, static (all, one) => all.Remove(one), dependent);

    /// <summary>Puts a state in place, and calls back if the endpoints or the freshness changed.</summary>
    /// <returns>False when neither did.</returns>
    protected bool Publish(WatchState next)
    {
        var old = _state;
        _state = next;
        old.SignalReplaced();
        foreach (var dependent in _dependents)
        {
            dependent.Refresh();
        }

        if (next.Snapshot is not { } snapshot
            || (old.Snapshot is { } before && before.Endpoints == snapshot.Endpoints && before.Freshness == snapshot.Freshness))
        {
            return false;
        }

        Announce(old.Snapshot, snapshot);
        Notify(snapshot);
        return true;
    }

    /// <summary>Nothing replaces the last state; whoever waits for that has to hear of it.</summary>
    protected void End()
    {
        _ended.TrySetResult();
        _state.SignalReplaced();
    }

    private void Notify(EndpointSnapshot snapshot)
    {
        foreach (var registration in _registrations)
        {
            try
            {
                registration.Invoke(snapshot);
            }
#pragma warning disable CA1031 // A subscriber's fault must not end the watch for the others.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Log.CallbackFailed(Logger, e, Query);
            }
        }
    }
}
