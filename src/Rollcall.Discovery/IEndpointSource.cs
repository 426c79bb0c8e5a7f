namespace Rollcall.Discovery;

/// <summary>Where snapshots come from: Consul, a fixed list, … Thread-safe.</summary>
public interface IEndpointSource
{
    /// <summary>Names it in logs and errors, for example <c>consul at http://localhost:8500</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Follows a query: the first update as soon as it is known, then one for each change, without end. A source does not retry:
    /// it throws, and the owner of the watch keeps the last list, backs off and starts again.
    /// </summary>
    /// <param name="query">What to follow.</param>
    /// <param name="cancellationToken">Ends the watch, and with it any request that is open.</param>
    IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, CancellationToken cancellationToken);
}
