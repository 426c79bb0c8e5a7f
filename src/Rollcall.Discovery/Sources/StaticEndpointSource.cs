using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Rollcall.Discovery.Sources.Internal;

namespace Rollcall.Discovery;

/// <summary>
/// A fixed list of endpoints, for services of any name; queries with tags or a datacenter get those of its endpoints that have them. Immutable and
/// thread-safe.
/// </summary>
public sealed class StaticEndpointSource : IEndpointSource
{
    private readonly ImmutableArray<Endpoint> _all;

    /// <param name="endpoints">The list; may be empty.</param>
    public StaticEndpointSource(params IEnumerable<Endpoint> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        _all = [.. endpoints];
        Name = "a fixed list of " + (_all.Length == 1 ? _all[0].Authority : $"{_all.Length} addresses");
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
    /// <exception cref="NotSupportedException">The query has a filter expression (thrown while enumerating).</exception>
    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Filter is not null)
        {
            throw new NotSupportedException($"A fixed list has no filter expressions: select instances of {query} by tag, version or metadata.");
        }

        var wanted = _all.WantedBy(query);
        yield return new EndpointUpdate
        {
            Endpoints = wanted,
            Note = wanted.IsEmpty && !_all.IsEmpty ? $"the fixed list has {_all.Length}, none with the tags and the datacenter that are wanted" : null,
        };
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
    }
}
