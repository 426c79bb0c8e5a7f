using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>
/// Is as a node is, or one service on it: critical if one of its checks or of its node's is, else warning if one is, else passing. It follows changes, and is never
/// probed.
/// </summary>
internal sealed class AliasCheck : IAsyncDisposable
{
    private readonly CheckSpec _spec;
    private readonly StateStore _store;
    private readonly Action<ProbeResult> _report;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public AliasCheck(CheckSpec spec, StateStore store, Action<ProbeResult> report)
    {
        (_spec, _store, _report) = (spec, store, report);
        _loop = DetachedFlow.Start(() => Task.Run(() => RunAsync(_stop.Token)));
    }

    /// <summary>How often it looked, for tests.</summary>
    internal int Looks { get; private set; }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        ProbeResult? last = null;
        try
        {
            while (!_store.Watches.IsClosed)
            {
                // Subscribe, then look: a change between the two completes the watch. Whatever decides about a service touches that service's topic; the node's
                // wakes at every change of anything on it, so it is waited for only to see the service come, or for an alias of the node itself.
                var node = _spec.AliasNode.Length > 0 ? _spec.AliasNode : _store.Root.Local.Node?.Node ?? "";
                var name = FindService(_store.Root, node)?.Service.Service;
                using var watch = _store.Watches.Subscribe(name is null ? Topic.Node(node) : Topic.Service(name));
                var root = _store.Root;
                if (FindService(root, node)?.Service.Service != name)
                {
                    continue;
                }

                Looks++;
                var result = Look(root, node);
                if (result != last)
                {
                    last = result;
                    _report(result);
                }

                await watch.Changed.WaitAsync(stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The check is gone.
        }
    }

    private ServiceInstance? FindService(StoreRoot root, string node) =>
        _spec.AliasService.Length > 0 && root.Catalog.FindInstance(node, _spec.AliasService) is { } found
            && found.Service.Id == _spec.AliasService && (_spec.AliasedName ?? found.Service.Service) == found.Service.Service ? found : null;

    private ProbeResult Look(StoreRoot root, string node)
    {
        var (entry, service) = (root.Catalog.FindNode(node), FindService(root, node));
        if (entry is null || (_spec.AliasService.Length > 0 && service is null))
        {
            return new ProbeResult(
                CheckStatus.Critical,
                _spec.AliasService.Length > 0 ? $"Service {_spec.AliasService} could not be found on node {_spec.AliasNode}" : $"Node {node} could not be found");
        }

        // Aliases of the node itself don't count: two of them would keep each other critical for ever, and each itself. Consul's do.
        var checks = entry.NodeChecks.Where(static check => check.Value.Type != CheckKindName.Alias)
            .Concat((service?.Checks ?? entry.NodeChecks.Clear()).Where(check => check.Value.ServiceId == _spec.AliasService))
            .OrderBy(static check => check.Key, StringComparer.Ordinal)
            .Select(static check => check.Value)
            .Where(check => check.CheckId != _spec.CheckId)
            .ToList();
        var worst = checks.Find(static check => check.Status == CheckStatus.Critical) ?? checks.FindLast(static check => check.Status == CheckStatus.Warning);
        return worst is null
            ? new ProbeResult(CheckStatus.Passing, checks.Count == 0 ? "No checks found." : "All checks passing.")
            : new ProbeResult(worst.Status, OutputTail.Cap($"Aliased check \"{worst.Name}\" failing: {worst.Output}"));
    }
}
