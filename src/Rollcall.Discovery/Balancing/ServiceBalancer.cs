using System.Collections.Immutable;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// Picks an endpoint for each call to one service: a watch and a policy. The picker is replaced as a whole whenever the list changes;
/// a pick reads it once, allocates nothing and takes no lock. Thread-safe.
/// </summary>
/// <remarks>
/// Endpoints whose last connection attempt failed (<see cref="CallResult.Unreachable"/>) are left out for a short time while others are
/// left: the policy gets a list without them, so that each policy keeps its own guarantees over what remains.
/// </remarks>
public sealed class ServiceBalancer : IAsyncDisposable, IDisposable, ICallObserver
{
    private readonly EndpointWatch _watch;
    private readonly IBalancingPolicy _policy;
    private readonly TimeProvider _time;
    private readonly DiscoveryMetrics? _metrics;
    private readonly UnreachableCooldown _cooldown;
    private readonly Random _random;
    private readonly IDisposable _registration;
    private PickerSet? _pickers;

    /// <param name="watch">The list to pick from. The balancer owns it and disposes it.</param>
    /// <param name="policy">How to spread the calls.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public ServiceBalancer(EndpointWatch watch, IBalancingPolicy policy, ServiceBalancerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(watch);
        ArgumentNullException.ThrowIfNull(policy);
        options ??= new ServiceBalancerOptions();
        options.Validate();
        _watch = watch;
        _policy = policy;
        _time = watch.TimeProvider;
        _metrics = watch.Metrics;
        _cooldown = new UnreachableCooldown(_time, options.UnreachableCooldown, options.MaxUnreachableCooldown);
        _random = options.Random;
        _registration = watch.OnChange(_ => Refresh());
        Refresh();
    }

    /// <summary>The newest snapshot; null until the source has answered once.</summary>
    public EndpointSnapshot? Snapshot => _watch.Current;

    /// <summary>The watch that it picks from, to hear of changes. Owned by the balancer.</summary>
    public EndpointWatch Watch => _watch;

    /// <summary>The policy in use.</summary>
    public IBalancingPolicy Policy => _policy;

    /// <summary>Picks if there is anything to pick.</summary>
    /// <returns>False when the list is empty or not known yet.</returns>
    public bool TryPick(in PickContext context, out PickLease lease)
    {
        var pickers = Volatile.Read(ref _pickers);
        if (pickers is null)
        {
            lease = default;
            return false;
        }

        // The clock is read only while an endpoint is left out.
        if (pickers.NextExpiry != long.MaxValue && _time.GetTimestamp() >= pickers.NextExpiry)
        {
            pickers = Refresh()!;
        }

        var found = pickers.TryPick(context, out lease);
        if (found)
        {
            _metrics?.Picked(_watch.Query.Name, found: true);
        }

        return found;
    }

    /// <summary>Picks; waits for the first list, and with <paramref name="waitForReady"/> until there is an endpoint.</summary>
    /// <param name="context">What the policy may know of the call.</param>
    /// <param name="waitForReady">Wait instead of failing when there is none or the source can't be reached.</param>
    /// <param name="cancellationToken">Ends the wait; the call's deadline belongs here.</param>
    /// <exception cref="NoEndpointException">There is none, or none is known because the source can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The balancer or the directory was disposed.</exception>
    public ValueTask<PickLease> PickAsync(PickContext context, bool waitForReady = false, CancellationToken cancellationToken = default) =>
        TryPick(context, out var lease)
            ? ValueTask.FromResult(lease)
            : PickSlowlyAsync(context, waitForReady, cancellationToken);

    /// <summary>Why a pick would find nothing now, for messages; null when there is an endpoint or nothing is known yet.</summary>
    public NoEndpointException? Explain() => Refusal(_watch.State);

    /// <summary>
    /// Tells metrics and observers of events that a call goes on with a further attempt: for whoever makes attempts. Next to free while nobody listens.
    /// </summary>
    /// <param name="endpoint">Where the last attempt went.</param>
    /// <param name="fate">Why there is another one.</param>
    public void ReportRetry(Endpoint endpoint, AttemptFate fate)
    {
        _metrics?.Retried(_watch.Query.Name, fate);
        if (_watch.Events.IsObserved)
        {
            _watch.Events.Publish(new CallRetried(_watch.Events.Now, _watch.Query, endpoint, fate));
        }
    }

    /// <summary>Gives the watch back without waiting for its end.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        _watch.Dispose();
    }

    /// <summary>Gives the watch back and waits for its end.</summary>
    public ValueTask DisposeAsync()
    {
        _registration.Dispose();
        return _watch.DisposeAsync();
    }

    void ICallObserver.OnCompleted(Endpoint endpoint, EndpointState state, in CallOutcome outcome)
    {
        var changed = outcome.Result switch
        {
            CallResult.Unreachable => _cooldown.Report(endpoint),
            CallResult.Success or CallResult.Failure => _cooldown.Clear(endpoint, outcome.Latency),
            _ => false,
        };
        if (changed)
        {
            Refresh();
        }
    }

    private async ValueTask<PickLease> PickSlowlyAsync(PickContext context, bool waitForReady, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var state = _watch.State;

            // The signal may come before this balancer's own callback has run.
            Refresh();
            if (TryPick(context, out var lease))
            {
                return lease;
            }

            if (!waitForReady && Refusal(state) is { } refusal)
            {
                _metrics?.Picked(_watch.Query.Name, found: false);
                throw refusal;
            }
            await _watch.WaitForNextAsync(state, cancellationToken).ConfigureAwait(false);
        }
    }

    private NoEndpointException? Refusal(WatchState state) => state switch
    {
        { Snapshot: { Endpoints.IsEmpty: true } empty } => NoEndpointException.ForEmpty(empty, _watch.SourceName),
        { Snapshot: null, Failure: { } failure } => NoEndpointException.ForUnreachable(_watch.Query, failure, _watch.SourceName),
        _ => null,
    };

    /// <summary>
    /// Brings the pickers up to date with the list and the cooldown. Lock-free, because it calls the policy: whoever loses the race looks
    /// again, so the newest inputs always win.
    /// </summary>
    private PickerSet? Refresh()
    {
        while (true)
        {
            var old = Volatile.Read(ref _pickers);
            if (_watch.Current is not { } snapshot)
            {
                return old;
            }

            var endpoints = snapshot.Endpoints;
            if (old is not null && old.IsFor(endpoints, _cooldown.Version)
                && (old.NextExpiry == long.MaxValue || _time.GetTimestamp() < old.NextExpiry))
            {
                return old;
            }

            var split = _cooldown.Split(endpoints);
            var states = (old?.States ?? EndpointStates.Empty).Follow(endpoints);
            var open = CreatePicker(split.Open, states, old?.Open);
            var cooling = split.Cooling.IsEmpty ? null : CreatePicker(split.Cooling, states, old?.Cooling);
            var pickers = new PickerSet(endpoints, states, split, open, cooling);
            if (Interlocked.CompareExchange(ref _pickers, pickers, old) == old)
            {
                return pickers;
            }
        }
    }

    private EndpointPicker CreatePicker(ImmutableArray<Endpoint> part, EndpointStates states, EndpointPicker? previous) =>
        _policy.CreatePicker(new PickerInput(part, previous)
        {
            States = states.Of(part),
            Random = _random,
            TimeProvider = _time,
            Observer = this,
        });
}
