using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Rollcall.Discovery;

/// <summary>A fixed list of endpoints, whatever the query. Immutable and thread-safe.</summary>
public sealed class StaticEndpointSource : IEndpointSource
{
    private readonly EndpointUpdate _only;

    /// <param name="endpoints">The list; may be empty.</param>
    public StaticEndpointSource(params IEnumerable<Endpoint> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        _only = new EndpointUpdate { Endpoints = [.. endpoints] };
        Name = "a fixed list of " + (_only.Endpoints.Length == 1 ? _only.Endpoints[0].Authority : $"{_only.Endpoints.Length} addresses");
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>One endpoint at an address, with the address as its id.</summary>
    /// <param name="host">A host name or an address; brackets around an IPv6 address are taken off.</param>
    /// <param name="port">From 1 to 65535.</param>
    public static StaticEndpointSource ForAddress(string host, int port)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        var bare = host is ['[', .. var inner, ']'] ? inner : host;
        var authority = bare.Contains(':') ? $"[{bare}]:{port}" : $"{bare}:{port}";
        return new StaticEndpointSource(new Endpoint(authority, bare, port));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return _only;
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }
}
