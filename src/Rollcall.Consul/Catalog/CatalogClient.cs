using Rollcall.Consul.Transport;
using Rollcall.Consul.Wire;

namespace Rollcall.Consul;

/// <summary>What the cluster knows of nodes and services. Thread-safe.</summary>
public sealed class CatalogClient
{
    private readonly ConsulTransport _transport;

    internal CatalogClient(ConsulTransport transport) => _transport = transport;

    /// <summary>The names of the known datacenters, the nearest first.</summary>
    public Task<ConsulResponse<IReadOnlyList<string>>> DatacentersAsync(CancellationToken cancellationToken = default) =>
        _transport.ReadAsync(
            new(HttpMethod.Get, "catalog/datacenters"), ConsulJsonContext.Default.IReadOnlyListString, [], NotFoundMeaning.Error, cancellationToken);

    /// <summary>All nodes.</summary>
    public Task<ConsulResponse<IReadOnlyList<CatalogNode>>> NodesAsync(ConsulQuery? query = null, CancellationToken cancellationToken = default) =>
        _transport.ReadAsync(
            Get("catalog/nodes", query), ConsulJsonContext.Default.IReadOnlyListCatalogNode, [], NotFoundMeaning.Error, cancellationToken);

    /// <summary>A node and its services; the value is null when there is no such node.</summary>
    public Task<ConsulResponse<NodeServices?>> NodeAsync(
        string node, ConsulQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(node);
        return _transport.ReadAsync<NodeServices?>(
            new ConsulRequest(HttpMethod.Get, "catalog/node").Segment(node).WithQuery(query, _transport.Options),
            ConsulJsonContext.Default.NodeServices!,
            null,
            NotFoundMeaning.Error,
            cancellationToken);
    }

    /// <summary>The names of all services, each with all tags that any of its instances has.</summary>
    public Task<ConsulResponse<IReadOnlyDictionary<string, IReadOnlyList<string>>>> ServicesAsync(
        ConsulQuery? query = null, CancellationToken cancellationToken = default) =>
        _transport.ReadAsync(
            Get("catalog/services", query),
            ConsulJsonContext.Default.IReadOnlyDictionaryStringIReadOnlyListString,
            new Dictionary<string, IReadOnlyList<string>>(),
            NotFoundMeaning.Error,
            cancellationToken);

    /// <summary>Follows <see cref="ServicesAsync"/>: the first answer at once, then one for each change of the index.</summary>
    /// <inheritdoc cref="HealthClient.WatchServiceAsync" path="/remarks"/>
    /// <inheritdoc cref="HealthClient.WatchServiceAsync" path="/exception"/>
    public IAsyncEnumerable<ConsulResponse<IReadOnlyDictionary<string, IReadOnlyList<string>>>> WatchServicesAsync(
        ConsulQuery? query = null, CancellationToken cancellationToken = default) =>
        BlockingWatch.RunAsync(_transport, query, ServicesAsync, null, cancellationToken);

    /// <summary>The instances of a service whatever their health; empty when there is none. To call one, ask <see cref="HealthClient"/>.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="tags">Tags that an instance must all carry; null: any.</param>
    /// <param name="query">How to read.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    public Task<ConsulResponse<IReadOnlyList<CatalogService>>> ServiceAsync(
        string service, IReadOnlyList<string>? tags = null, ConsulQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        return _transport.ReadAsync(
            new ConsulRequest(HttpMethod.Get, "catalog/service").Segment(service).WithQuery(query, _transport.Options).WithTags(tags),
            ConsulJsonContext.Default.IReadOnlyListCatalogService,
            [],
            NotFoundMeaning.Error,
            cancellationToken);
    }

    /// <summary>
    /// Writes a node, a service or checks straight into the catalog: for things that no agent looks after. On a node that has an agent,
    /// the agent removes within a minute what it doesn't know.
    /// </summary>
    public Task RegisterAsync(CatalogRegistration registration, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(registration);
        var content = ConsulTransport.Json(registration, ConsulRequestJsonContext.Default.CatalogRegistration);
        return _transport.WriteAsync(new(HttpMethod.Put, "catalog/register") { Content = content }, cancellationToken);
    }

    /// <summary>Removes a node, or one of its services or checks, from the catalog. Removing what isn't there is no error.</summary>
    public Task DeregisterAsync(CatalogDeregistration deregistration, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(deregistration);
        var content = ConsulTransport.Json(deregistration, ConsulRequestJsonContext.Default.CatalogDeregistration);
        return _transport.WriteAsync(new(HttpMethod.Put, "catalog/deregister") { Content = content }, cancellationToken);
    }

    private ConsulRequest Get(string path, ConsulQuery? query) =>
        new ConsulRequest(HttpMethod.Get, path).WithQuery(query, _transport.Options);
}
