using Rollcall.Agent.Store;
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
                // Subscribe, then look: a change between the two completes the watch.
                var node = _spec.AliasNode.Length > 0 ? _spec.AliasNode : _store.Root.Local.Node?.Node ?? "";
                using var watch = _store.Watches.Subscribe(Topic.Node(node));
                var result = Look(_store.Root, node);
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

    private ProbeResult Look(StoreRoot root, string node)
    {
        var entry = root.Catalog.FindNode(node);
        if (entry is null || (_spec.AliasService.Length > 0 && !entry.Services.Values.Any(StandsFor)))
        {
            return new ProbeResult(
                CheckStatus.Critical,
                _spec.AliasService.Length > 0 ? $"Service {_spec.AliasService} could not be found on node {_spec.AliasNode}" : $"Node {node} could not be found");
        }

        // Aliases of the node itself don't count: two of them would keep each other critical for ever, and each itself. Consul's do.
        var checks = entry.Checks.Values
            .Where(check => check.ServiceId.Length == 0
                ? check.Type != CheckKindName.Alias && check.CheckId != _spec.CheckId
                : _spec.AliasService.Length > 0 && check.ServiceId == _spec.AliasService && check.CheckId != _spec.CheckId)
            .ToList();
        var worst = checks.Find(static check => check.Status == CheckStatus.Critical) ?? checks.FindLast(static check => check.Status == CheckStatus.Warning);
        return worst is null
            ? new ProbeResult(CheckStatus.Passing, checks.Count == 0 ? "No checks found." : "All checks passing.")
            : new ProbeResult(worst.Status, OutputTail.Cap($"Aliased check \"{worst.Name}\" failing: {worst.Output}"));
    }

    private bool StandsFor(NodeService service) => service.Id == _spec.AliasService && (_spec.AliasedName ?? service.Service) == service.Service;
}
