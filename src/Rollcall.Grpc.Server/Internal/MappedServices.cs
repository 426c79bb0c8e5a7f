using System.Collections.Concurrent;

namespace Rollcall.Grpc.Server;

/// <summary>What an application has mapped so far. Its presence in the container says that AddGrpc was called. Thread-safe.</summary>
internal sealed class MappedServices
{
    private readonly ConcurrentDictionary<string, Type> _services = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(object Scope, string Route), string> _routes = new();
    private int _fallbackMapped;

    /// <summary>Full names of the services, each with the class that serves it.</summary>
    public IEnumerable<KeyValuePair<string, Type>> All => _services;

    public void Add(string serviceName, Type serviceType) => _services.TryAdd(serviceName, serviceType);

    public bool Contains(string serviceName) => _services.ContainsKey(serviceName);

    /// <summary>Notes the owner of an HTTP route; the name of another one that has it already, or null.</summary>
    /// <param name="scope">Where it is mapped: routes of different groups have different prefixes.</param>
    /// <param name="route">HTTP method and shape of the path.</param>
    /// <param name="owner">Full name of the method whose rule it is, or another name for routes that no rule made.</param>
    public string? ClaimRoute(object scope, string route, string owner) =>
        _routes.GetOrAdd((scope, route), owner) is var first && first != owner ? first : null;

    /// <summary>True for the first caller, who maps the answer to unknown methods.</summary>
    public bool TryClaimFallback() => Interlocked.Exchange(ref _fallbackMapped, 1) == 0;
}
