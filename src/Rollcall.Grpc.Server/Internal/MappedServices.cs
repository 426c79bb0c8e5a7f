using System.Collections.Concurrent;

namespace Rollcall.Grpc.Server;

/// <summary>What an application has mapped so far. Its presence in the container says that AddGrpc was called. Thread-safe.</summary>
internal sealed class MappedServices
{
    private readonly ConcurrentDictionary<string, Type> _services = new(StringComparer.Ordinal);
    private int _fallbackMapped;

    /// <summary>Full names of the services, each with the class that serves it.</summary>
    public IEnumerable<KeyValuePair<string, Type>> All => _services;

    public void Add(string serviceName, Type serviceType) => _services.TryAdd(serviceName, serviceType);

    public bool Contains(string serviceName) => _services.ContainsKey(serviceName);

    /// <summary>True for the first caller, who maps the answer to unknown methods.</summary>
    public bool TryClaimFallback() => Interlocked.Exchange(ref _fallbackMapped, 1) == 0;
}
