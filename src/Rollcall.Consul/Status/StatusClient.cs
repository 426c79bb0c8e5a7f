using Rollcall.Consul.Transport;
using Rollcall.Consul.Wire;

namespace Rollcall.Consul;

/// <summary>The cluster's leader and peers. Thread-safe.</summary>
public sealed class StatusClient
{
    private readonly ConsulTransport _transport;

    internal StatusClient(ConsulTransport transport) => _transport = transport;

    /// <summary>Address and port of the leader; the value is null when there is none.</summary>
    public async Task<ConsulResponse<string?>> LeaderAsync(CancellationToken cancellationToken = default)
    {
        var leader = await _transport.ReadAsync<string?>(
            new(HttpMethod.Get, "status/leader"), ConsulJsonContext.Default.String!, null, NotFoundMeaning.Error, cancellationToken).ConfigureAwait(false);
        return leader.Select(address => string.IsNullOrEmpty(address) ? null : address);
    }

    /// <summary>Addresses and ports of the servers.</summary>
    public Task<ConsulResponse<IReadOnlyList<string>>> PeersAsync(CancellationToken cancellationToken = default) =>
        _transport.ReadAsync(
            new(HttpMethod.Get, "status/peers"), ConsulJsonContext.Default.IReadOnlyListString, [], NotFoundMeaning.Error, cancellationToken);
}
