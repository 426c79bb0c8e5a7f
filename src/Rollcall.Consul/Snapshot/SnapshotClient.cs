using Rollcall.Consul.Transport;

namespace Rollcall.Consul;

/// <summary>The cluster's whole state as one archive, and back: what <c>consul snapshot</c> saves and restores. Thread-safe.</summary>
public sealed class SnapshotClient
{
    private readonly ConsulTransport _transport;

    internal SnapshotClient(ConsulTransport transport) => _transport = transport;

    /// <summary>Takes a snapshot.</summary>
    /// <param name="query">Datacenter, token and consistency. Null: the client's.</param>
    /// <param name="cancellationToken">Aborts the HTTP request itself.</param>
    /// <exception cref="ConsulException">It failed; with <see cref="ConsulErrorOrigin.Timeout"/> if nothing came for <see cref="ConsulClientOptions.Timeout"/>.</exception>
    /// <returns>The archive, with the index that it goes up to.</returns>
    public Task<ConsulResponse<ReadOnlyMemory<byte>>> SaveAsync(ConsulQuery? query = null, CancellationToken cancellationToken = default) =>
        _transport.ReadBytesAsync(new ConsulRequest(HttpMethod.Get, "snapshot") { IsLarge = true }.WithQuery(query, _transport.Options), cancellationToken);

    /// <summary>Puts a snapshot in the place of everything the cluster holds.</summary>
    /// <param name="archive">What <see cref="SaveAsync"/> gave, or a real Consul did.</param>
    /// <param name="query">Datacenter and token. Null: the client's.</param>
    /// <param name="cancellationToken">Aborts the HTTP request itself.</param>
    /// <exception cref="ConsulException">
    /// It failed; with <see cref="ConsulErrorOrigin.Timeout"/> if the cluster took nothing more, or did not answer, for <see cref="ConsulClientOptions.Timeout"/>: then it may
    /// have been done all the same.
    /// </exception>
    public Task RestoreAsync(ReadOnlyMemory<byte> archive, ConsulQuery? query = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(
            new ConsulRequest(HttpMethod.Put, "snapshot") { Content = new ProgressContent(archive), IsLarge = true }.WithQuery(query, _transport.Options), cancellationToken);
}
