using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Configuration.Live;

/// <summary>
/// Keeps one balancer, and whoever makes calls by it, on the service config in force: the watched one while there is one, else the one that was
/// configured. For those who make calls, such as channels and handlers. Thread-safe.
/// </summary>
public sealed class ServiceConfigBinding : IDisposable
{
    /// <summary>A source that is well answers a first question in much less.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ServiceBalancer _balancer;
    private readonly ConfiguredBalancing? _own;
    private readonly ServiceBalancerOptions? _defaults;
    private readonly ServiceConfigWatch? _watch;
    private readonly ServiceCallConfig? _configured;
    private readonly Action<ServiceCallConfig?> _apply;
    private readonly Coalesced _update;
    private readonly TaskCompletionSource? _ready;
    private readonly ITimer? _patience;
    private ServiceCallConfig? _current;
    private BalancingChoice? _choice;
    private ServiceConfigRefusal? _refused;
    private volatile string? _policyOrigin;

    // What this caller goes by of the watched configs, which is not the newest while that is not taken. Written by _update alone.
    private ServiceCallConfig? _taken;
    private string? _takenFrom;
    private volatile Untaken? _untaken;

    /// <param name="balancer">Not disposed.</param>
    /// <param name="own">
    /// What the balancer was made with, which holds while the live config says nothing of balancing. Null: others use it too, and it is left as it is.
    /// </param>
    /// <param name="defaults">What holds where a live config that says something of balancing leaves something out. Null: the defaults of the class.</param>
    /// <param name="watch">The live config; disposed with the binding. Null: there is none.</param>
    /// <param name="configured">What holds while the watch has none. Null: nothing.</param>
    /// <param name="apply">
    /// Takes a config into use, for calls that begin from then on: called for the one in force before this constructor returns, then for each
    /// other one; one call at a time. Null: no config.
    /// </param>
    public ServiceConfigBinding(
        ServiceBalancer balancer,
        ConfiguredBalancing? own,
        ServiceBalancerOptions? defaults,
        ServiceConfigWatch? watch,
        ServiceCallConfig? configured,
        Action<ServiceCallConfig?> apply)
    {
        ArgumentNullException.ThrowIfNull(balancer);
        ArgumentNullException.ThrowIfNull(apply);
        _balancer = balancer;
        _own = own;
        _defaults = defaults;
        _watch = watch;
        _configured = configured;
        _apply = apply;
        _update = new Coalesced(Update);
        _current = configured;
        _apply(configured);
        balancer.Follow(this);
        if (watch is not null)
        {
            _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

            // The timer outlives the call that happened to need the binding first.
            using (ExecutionContext.SuppressFlow())
            {
                _patience = balancer.Watch.TimeProvider.CreateTimer(
                    static state => ((TaskCompletionSource)state!).TrySetResult(), _ready, Patience, Timeout.InfiniteTimeSpan);
            }
        }

        watch?.OnChange(_ => _update.Run());
        _update.Run();
    }

    /// <summary>The config in force; null: none.</summary>
    public ServiceCallConfig? Current => Volatile.Read(ref _current);

    /// <summary>
    /// What is known of the live config; null: there is none to watch. One that contradicts the caller's own options is refused here, though others
    /// may go by it.
    /// </summary>
    public ServiceConfigState? State => _watch?.State is { } state && _untaken is { } untaken && ReferenceEquals(untaken.Config, state.Config)
        ? state with { Config = untaken.Taken, Origin = untaken.TakenFrom, Refused = state.Refused ?? untaken.Refusal }
        : _watch?.State;

    /// <summary>
    /// Completes when calls may begin: all places where a config may be have answered, or could not be read, or a second has passed. Always so while
    /// there is none to watch.
    /// </summary>
    public Task Ready => _ready?.Task ?? Task.CompletedTask;

    /// <summary>Whether <see cref="Ready"/> has completed.</summary>
    public bool IsReady => _ready is null || _ready.Task.IsCompleted;

    /// <summary>Where the balancing in force comes from; null: it is what the balancer was made with.</summary>
    internal string? PolicyOrigin => _policyOrigin;

    /// <summary>Ends the watch. What is in force stays.</summary>
    public void Dispose()
    {
        _watch?.Dispose();
        End();
    }

    /// <summary>Nobody waits from here on.</summary>
    private void End()
    {
        _ready?.TrySetResult();
        _patience?.Dispose();
    }

    private void Update()
    {
        if (_watch?.State is not { } state)
        {
            return;
        }

        try
        {
            Take(state);
        }
        finally
        {
            if (state.IsSettled)
            {
                End();
            }
        }
    }

    private void Take(ServiceConfigState state)
    {
        if (!ReferenceEquals(_untaken?.Config, state.Config))
        {
            _untaken = null;
            _watch!.Refuse(null);
        }

        var config = state.Config ?? _configured;
        if (_untaken is null && !ReferenceEquals(_current, config) && TryBalance(state))
        {
            _policyOrigin = _choice is null ? null : state.Origin;
            (_taken, _takenFrom) = (state.Config, state.Origin);
            Volatile.Write(ref _current, config);
            _apply(config);
            _balancer.ReportConfig(state.Origin ?? "the caller's own options", null);
        }

        if (state.Refused is { } refused && refused != _refused)
        {
            _balancer.ReportConfig(refused.Origin, refused.Fault);
        }

        _refused = state.Refused;
    }

    /// <returns>False: it contradicts the caller's own options, so that nothing of it is taken.</returns>
    private bool TryBalance(ServiceConfigState state)
    {
        // The same choice as before is left alone: it keeps its place in its order.
        if (_own is null || _choice == state.Config?.Balanced)
        {
            return true;
        }

        ConfiguredBalancing? balancing = null;
        if (state.Config is { } config && !config.TryReadBalancing(_defaults, out balancing, out var fault))
        {
            var refusal = new ServiceConfigRefusal(
                state.Origin!, $"It contradicts what a caller's own options say where it says nothing. {fault}", _balancer.Watch.TimeProvider.GetUtcNow());
            _watch!.Refuse(refusal);
            _untaken = new Untaken(config, refusal, _taken, _takenFrom);
            _balancer.ReportConfig(refusal.Origin, refusal.Fault);
            return false;
        }

        balancing ??= _own;
        _balancer.Apply(balancing.Policy, balancing.Options);
        _choice = state.Config?.Balanced;
        return true;
    }

    /// <summary>A watched config that this caller does not go by, and the one that it goes by instead; null: none that is watched.</summary>
    private sealed record Untaken(ServiceCallConfig Config, ServiceConfigRefusal Refusal, ServiceCallConfig? Taken, string? TakenFrom);
}
