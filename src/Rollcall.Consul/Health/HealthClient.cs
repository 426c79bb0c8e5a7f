using Rollcall.Consul.Transport;
using Rollcall.Consul.Wire;

namespace Rollcall.Consul;

/// <summary>Instances and their checks. Thread-safe.</summary>
public sealed class HealthClient
{
    private readonly ConsulTransport _transport;

    internal HealthClient(ConsulTransport transport) => _transport = transport;

    /// <summary>The instances of a service with their nodes and checks; empty when there is none.</summary>
    public Task<ConsulResponse<IReadOnlyList<HealthServiceEntry>>> ServiceAsync(
        string service, InstanceQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        var request = new ConsulRequest(HttpMethod.Get, "health/service").Segment(service).WithQuery(query, _transport.Options).WithTags(query?.Tags);
        return _transport.ReadAsync(
            query is { PassingOnly: true } ? request.With("passing", "1") : request,
            ConsulJsonContext.Default.IReadOnlyListHealthServiceEntry,
            [],
            NotFoundMeaning.Error,
            cancellationToken);
    }

    /// <summary>Follows <see cref="ServiceAsync"/>: the first answer at once, then one for each change of the index.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="query">Which instances; its index is where the watch starts, its wait how long one query blocks.</param>
    /// <param name="cancellationToken">Ends the watch and aborts the request that is open.</param>
    /// <remarks>
    /// Ends only by cancellation or by an exception: whoever reads it starts again, after a pause. The index also moves when the payload is
    /// equal to the last one, or equal for the reader's purposes. An answer also comes, with the index as it was, when the server has lost its leader or
    /// found one, and when it is further behind than <see cref="ConsulQuery.MaxStaleness"/>, or no longer so. It does not move when the token's rights change:
    /// a list of which access rules hide a part is heard of again with <see cref="ConsulQuery.EveryAnswer"/>. An answer without anything, after one that had something, is asked about again
    /// without the index, after 5 seconds and then after twice as long each time, for 5 minutes: a wrong one may have had an index that the agent won't reach. It fails
    /// while its query is open when other requests to the agent are not answered in their time, and nor is a question for a sign of life: the agent hangs.
    /// </remarks>
    /// <exception cref="ConsulException">A query failed (thrown while enumerating).</exception>
    public IAsyncEnumerable<ConsulResponse<IReadOnlyList<HealthServiceEntry>>> WatchServiceAsync(
        string service, InstanceQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        return BlockingWatch.RunAsync(_transport, query, (asked, token) => ServiceAsync(service, asked, token), static list => list.Count == 0, cancellationToken);
    }

    /// <summary>The checks of a node and of the services on it; empty when there is no such node.</summary>
    public Task<ConsulResponse<IReadOnlyList<HealthCheck>>> NodeAsync(
        string node, ConsulQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(node);
        return ChecksAsync("health/node", node, query, cancellationToken);
    }

    /// <summary>The checks of all instances of a service, without those of their nodes.</summary>
    public Task<ConsulResponse<IReadOnlyList<HealthCheck>>> ChecksAsync(
        string service, ConsulQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        return ChecksAsync("health/checks", service, query, cancellationToken);
    }

    /// <summary>All checks in a state.</summary>
    /// <param name="state">One of <see cref="CheckStatus"/>, or <c>any</c>.</param>
    /// <param name="query">How to read.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    public Task<ConsulResponse<IReadOnlyList<HealthCheck>>> StateAsync(
        string state, ConsulQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(state);
        return ChecksAsync("health/state", state, query, cancellationToken);
    }

    private Task<ConsulResponse<IReadOnlyList<HealthCheck>>> ChecksAsync(
        string path, string name, ConsulQuery? query, CancellationToken cancellationToken) =>
        _transport.ReadAsync(
            new ConsulRequest(HttpMethod.Get, path).Segment(name).WithQuery(query, _transport.Options),
            ConsulJsonContext.Default.IReadOnlyListHealthCheck,
            [],
            NotFoundMeaning.Error,
            cancellationToken);
}
