using Rollcall.Consul.Transport;
using Rollcall.Consul.Wire;

namespace Rollcall.Consul;

/// <summary>Prepared queries. Thread-safe.</summary>
public sealed class QueryClient
{
    private readonly ConsulTransport _transport;

    internal QueryClient(ConsulTransport transport) => _transport = transport;

    /// <summary>Runs a query; null when there is none. It does not block: Consul answers what there is.</summary>
    /// <param name="idOrName">The query's id or name; a name may be for a template.</param>
    /// <param name="query">How to read. Null: as the options say.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    public Task<ConsulResponse<PreparedQueryResult?>> ExecuteAsync(string idOrName, ConsulQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(idOrName);
        return _transport.ReadAsync<PreparedQueryResult?>(
            new ConsulRequest(HttpMethod.Get, "query").Segment(idOrName).Segment("execute").WithQuery(query, _transport.Options),
            ConsulJsonContext.Default.PreparedQueryResult!,
            null,
            NotFoundMeaning.Absent,
            cancellationToken);
    }
}
