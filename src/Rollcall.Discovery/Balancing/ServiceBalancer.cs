using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Balancing.Ejection;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing;

/// <summary>
/// Picks an endpoint for each call to one service: a watch, the stages that choose from its list, and a policy. The pickers are replaced as a
/// whole whenever the list, the health of an endpoint or the settings change; a pick reads them once, allocates nothing and takes no lock.
/// Thread-safe.
/// </summary>
/// <remarks>
/// Endpoints whose last connection attempt failed (<see cref="CallResult.Unreachable"/>) or whose calls fail more than those of others are left
/// out for a time while others are left: the policy gets a list without them, so that each policy keeps its own guarantees over what remains.
/// </remarks>
public sealed partial class ServiceBalancer : IAsyncDisposable, IDisposable, ICallObserver
{
    private readonly EndpointWatch _watch;
    private readonly TimeProvider _time;
    private readonly DiscoveryMetrics? _metrics;
    private readonly IDisposable _registration;
    private BalancerSettings _settings;
    private PickerSet? _pickers;

    /// <param name="watch">The list to pick from. The balancer owns it and disposes it, also where this constructor throws.</param>
    /// <param name="policy">How to spread the calls.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names all that are.</exception>
    public ServiceBalancer(EndpointWatch watch, IBalancingPolicy policy, ServiceBalancerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(watch);
        try
        {
            ArgumentNullException.ThrowIfNull(policy);
            _settings = new BalancerSettings(policy, (options ?? new ServiceBalancerOptions()).CopyValidated(nameof(options)));
        }
        catch
        {
            watch.Dispose();
            throw;
        }

        _watch = watch;
        _time = watch.TimeProvider;
        _metrics = watch.Metrics;
        _cooldown = new UnreachableCooldown(_time);
        _detector = new OutlierDetector(_time);
        _builder = new PickerSetBuilder(_time, this, watch.Directory.Sequences is { } sequences ? () => sequences.Of(watch.Query) : null, watch.Directory.Logger);
        _refresh = new Coalesced(Rebuild, again: RefreshSoon);
        _registration = watch.OnChange(_ => Refresh());

        // A policy that throws is told to the calls, as where the list comes later.
        Refresh();
        watch.Directory.Add(this);
    }

    /// <summary>The newest snapshot; null until the source has answered once.</summary>
    public EndpointSnapshot? Snapshot => _watch.Current;

    /// <summary>The watch that it picks from, to hear of changes. Owned by the balancer.</summary>
    public EndpointWatch Watch => _watch;

    /// <summary>The policy in use.</summary>
    public IBalancingPolicy Policy => Volatile.Read(ref _settings).Policy;

    /// <summary>Whether a call that never ends would keep a place that another one could have.</summary>
    internal bool LimitsCalls => Volatile.Read(ref _settings).Options is { MaxInFlight: > 0 } or { AdaptiveLimit: not null };

    /// <summary>The directory's clock.</summary>
    internal TimeProvider TimeProvider => _time;

    /// <summary>Whether <see cref="GetHashKey"/> or <see cref="GetCanary"/> could give anything.</summary>
    internal bool LooksAtCalls => Volatile.Read(ref _settings).LooksAtCalls;

    /// <summary>
    /// What a client puts into <see cref="PickContext.HashKey"/>: by what the policy says of it, else by <see cref="ServiceBalancerOptions.HashKey"/>.
    /// Null: the call has no key. The same for all attempts of a call.
    /// </summary>
    public ulong? GetHashKey(in HashKeyCall call) => Volatile.Read(ref _settings).HashKey?.GetKey(call);

    /// <summary>
    /// What a client puts into <see cref="PickContext.Canary"/>: which side of <see cref="ServiceBalancerOptions.Canary"/> the call asks for by its
    /// headers. Null: none, the rule's share decides.
    /// </summary>
    public bool? GetCanary(in HashKeyCall call) =>
        Volatile.Read(ref _settings).Options.Canary is { Header: { } header } rule ? rule.Decide(call.GetHeader(header)) : null;

    /// <summary>Picks if there is anything to pick.</summary>
    /// <returns>False when the list is empty or not known yet.</returns>
    public bool TryPick(in PickContext context, out PickLease lease)
    {
        var pickers = Volatile.Read(ref _pickers);
        if (pickers is null || !pickers.TryPick(context, out lease))
        {
            lease = default;
            return false;
        }

        _metrics?.Picked(_watch.Query.Name, lease.Endpoint);
        return true;
    }

    /// <summary>What a call would be given that has tried these. It is picked, and given back at once; metrics hear nothing of it.</summary>
    /// <returns>Null: there is no other.</returns>
    internal Endpoint? FindUntried(IReadOnlyList<Endpoint> tried) => FindUntried(new PickContext { Tried = tried });

    /// <summary>What a call would be given that has tried what the context says.</summary>
    /// <returns>Null: there is no other.</returns>
    internal Endpoint? FindUntried(in PickContext context)
    {
        if (Volatile.Read(ref _pickers) is not { } pickers || !pickers.TryPick(context, out var lease))
        {
            return null;
        }

        lease.Complete(new CallOutcome(CallResult.Cancelled, TimeSpan.Zero));
        return context.HasTried(lease.Endpoint) ? null : lease.Endpoint;
    }

    /// <summary>Picks; waits for the first list, and with <paramref name="waitForReady"/> until there is an endpoint.</summary>
    /// <param name="context">What the policy may know of the call.</param>
    /// <param name="waitForReady">
    /// Wait instead of failing when there is none or the source can't be reached. Calls that wait are served in the order in which they came.
    /// </param>
    /// <param name="cancellationToken">Ends the wait; the call's deadline belongs here.</param>
    /// <exception cref="NoEndpointException">There is none, or none is known because the source can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The balancer or the directory was disposed.</exception>
    public ValueTask<PickLease> PickAsync(PickContext context, bool waitForReady = false, CancellationToken cancellationToken = default) =>
        TryPick(context, out var lease)
            ? ValueTask.FromResult(lease)
            : waitForReady ? WaitForTurnAsync(context, cancellationToken)
            : PickSlowlyAsync(context, cancellationToken);

    /// <summary>
    /// Goes on with another policy, other settings, or both, while calls are made: from one pick to the next, with the list, the calls in
    /// flight and what is known of each endpoint kept. Concurrent calls of it take effect one after the other.
    /// </summary>
    /// <param name="policy">How to spread the calls from now on. The same object as before keeps its place in its order.</param>
    /// <param name="options">All settings: what it does not name goes back to its default. Null: the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names all that are, and nothing has changed.</exception>
    public void Apply(IBalancingPolicy policy, ServiceBalancerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var settings = new BalancerSettings(policy, (options ?? new ServiceBalancerOptions()).CopyValidated(nameof(options)));
        var old = Interlocked.Exchange(ref _settings, settings);
        Refresh();
        if (_watch.Events.IsObserved)
        {
            _watch.Events.Publish(new PolicyChanged(_watch.Events.Now, _watch.Query, old.Policy.Name, policy.Name));
        }
    }

    /// <summary>What the balancer makes of each endpoint at this moment, and why.</summary>
    public BalancerDescription Describe() =>
        BalancerDescriber.Describe(Volatile.Read(ref _pickers), Policy, _time) with
        {
            Retries = Retries,
            PolicyOrigin = _config?.PolicyOrigin,
            ServiceConfig = _config?.State,
        };

    /// <summary>Why a pick would find nothing now, for messages; null when there is an endpoint or nothing is known yet.</summary>
    public NoEndpointException? Explain()
    {
        var state = _watch.State;
        var pickers = Volatile.Read(ref _pickers);
        return pickers is not null && pickers.HasRoomFor(default) ? null : Refusal(state, pickers, default);
    }

    /// <summary>Gives the watch back without waiting for its end.</summary>
    public void Dispose()
    {
        _watch.Directory.Remove(this);
        _registration.Dispose();
        StopTimers();
        _watch.Dispose();
    }

    /// <summary>Gives the watch back and waits for its end.</summary>
    public ValueTask DisposeAsync()
    {
        _watch.Directory.Remove(this);
        _registration.Dispose();
        StopTimers();
        return _watch.DisposeAsync();
    }

    private async ValueTask<PickLease> PickSlowlyAsync(PickContext context, CancellationToken cancellationToken)
    {
        var begun = Volatile.Read(ref _rebuilds);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var state = _watch.State;
            var rebuilt = _rebuilt.Next;
            BringUpToDate(begun);
            var pickers = Volatile.Read(ref _pickers);
            if (TryPick(context, out var lease))
            {
                return lease;
            }

            // With other pickers than before it is not known which ones gave nothing; then the wait is over at once.
            if (pickers == Volatile.Read(ref _pickers) && Refusal(state, pickers, context) is { } refusal)
            {
                _metrics?.PickedNone(_watch.Query.Name);
                throw refusal;
            }

            await WaitForChangeAsync(state, rebuilt, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The signal of a new list may come before this balancer's own callback has run. A policy that throws is the call's affair only while there are no
    /// pickers.
    /// </summary>
    /// <param name="begun">How many rebuilds had begun when the call came: those after them were made for it as well.</param>
    private void BringUpToDate(long begun)
    {
        if (Volatile.Read(ref _pickers) is not null)
        {
            Refresh();
            return;
        }

        if (_failed is { } failed && failed.Rebuild > begun)
        {
            failed.Error.Throw();
        }

        _refresh.Run();
    }

    /// <summary>Until there is another list, another reason for having none, or what the task tells of.</summary>
    private async ValueTask WaitForChangeAsync(WatchState seen, Task other, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var replaced = _watch.WaitForNextAsync(seen, over.Token).AsTask();
        await Task.WhenAny(replaced, other).ConfigureAwait(false);
        var isReplaced = replaced.IsCompleted && !cancellationToken.IsCancellationRequested;
        await over.CancelAsync().ConfigureAwait(false);
        await replaced.ConfigureAwait(isReplaced ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>What is said to a call that got nothing; null when nothing is known yet, or the pickers of the list are being made.</summary>
    private NoEndpointException? Refusal(WatchState state, PickerSet? pickers, PickContext context) => state switch
    {
        { Snapshot: { Endpoints.IsEmpty: true } empty } => NoEndpointException.ForEmpty(empty, _watch.SourceName),
        { Snapshot: null, Failure: { } failure } => NoEndpointException.ForUnreachable(_watch.Query, failure, _watch.SourceName),
        { Snapshot.Endpoints: var listed } when pickers is not null && (_isFaulted || pickers.Roster.Listed == listed) =>
            !pickers.Limit.IsNone && pickers.Chooses(context)
                ? NoEndpointException.ForFull(_watch.Query, pickers.Limit)
                : NoEndpointException.ForNoChoice(_watch.Query, Policy.Name),
        _ => null,
    };
}
