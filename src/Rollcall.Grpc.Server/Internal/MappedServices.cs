using System.Collections.Concurrent;

namespace Rollcall.Grpc.Server;

/// <summary>What an application has mapped so far. Its presence in the container says that AddGrpc was called. Thread-safe.</summary>
internal sealed class MappedServices
{
    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.Ordinal);
    private int _fallbackMapped;

    public void Add(string serviceName) => _names.TryAdd(serviceName, true);

    public bool Contains(string serviceName) => _names.ContainsKey(serviceName);

    /// <summary>True for the first caller, who maps the answer to unknown methods.</summary>
    public bool TryClaimFallback() => Interlocked.Exchange(ref _fallbackMapped, 1) == 0;
}
