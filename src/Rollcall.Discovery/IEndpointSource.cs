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

    /// <summary>
    /// Whether what a watch failed with is said of its query alone, such as a token that may not read this service, and not of the source, such as an outage. The log tells of the
    /// former for each list, and of the latter in a line for all. It does not throw.
    /// </summary>
    /// <param name="query">What was followed.</param>
    /// <param name="error">What a watch of this source threw.</param>
    /// <returns>Without a definition of its own, false for all.</returns>
    bool IsRefusal(ServiceQuery query, Exception error) => false;
}
