using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Sequences.Internal;

/// <summary>The sequences that a directory's callers take part in, one for each query. Thread-safe.</summary>
internal sealed class SharedSequences(ISequenceSource source, WatchSettings settings, ILogger logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ServiceQuery, Lazy<SharedSequence>> _sequences = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The sequence of a query; its first block is asked for when somebody asks first.</summary>
    public SharedSequence Of(ServiceQuery query) =>
        _sequences.GetOrAdd(query, q => new Lazy<SharedSequence>(() => new SharedSequence(q, source, settings, logger, _stop.Token))).Value;

    /// <summary>Ends the claims that are under way, and waits for that. Numbers can be taken still; no more are asked for.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_sequences.Values.Where(static s => s.IsValueCreated).Select(static s => s.Value.Idle)).ConfigureAwait(false);
    }
}
