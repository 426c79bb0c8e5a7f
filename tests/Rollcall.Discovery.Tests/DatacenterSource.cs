using System.Collections.Concurrent;

namespace Rollcall.Discovery.Tests;

/// <summary>A scripted source for each datacenter and service.</summary>
internal sealed class DatacenterSource : IEndpointSource
{
    private readonly ConcurrentDictionary<(string Datacenter, string Service), ScriptedSource> _scripts = new();

    public string Name => "the scripted source";

    /// <param name="datacenter">Empty: the source's own.</param>
    /// <param name="service">The service's name.</param>
    public ScriptedSource this[string datacenter, string service] => _scripts.GetOrAdd((datacenter, service), _ => new ScriptedSource());

    public IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, CancellationToken cancellationToken)
    {
        Assert.True(query.Datacenters.Length <= 1, "a source is asked for one datacenter at most");
        Assert.Equal(Discovery.Selecting.EndpointSelector.All, query.Select);
        return this[query.Datacenters.FirstOrDefault(""), query.Name].WatchAsync(query, cancellationToken);
    }
}
