using System.Collections.Immutable;

namespace Rollcall.Discovery.Sources.Internal;

/// <summary>For sources that have all instances at hand, and nobody who selects for them.</summary>
internal static class QuerySelection
{
    /// <summary>Those with all tags and in the datacenter that the query names.</summary>
    public static ImmutableArray<Endpoint> WantedBy(this ImmutableArray<Endpoint> all, ServiceQuery query) =>
        all.RemoveAll(endpoint => !query.Tags.All(tag => endpoint.Tags.Contains(tag)) || (query.Datacenter is { } dc && endpoint.Datacenter != dc));
}
