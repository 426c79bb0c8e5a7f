using System.Net.Sockets;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Connects and hangs up: who accepts a connection passes.</summary>
internal sealed class TcpCheck : IProbe
{
    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        if (HostAndPort.Read(spec.Target, "tcp", out var fault) is not { } target)
        {
            return new ProbeResult(CheckStatus.Critical, $"dial tcp: {fault}");
        }

        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(target.Host, target.Port, cancellationToken).ConfigureAwait(false);
            return new ProbeResult(CheckStatus.Passing, $"TCP connect {spec.Target}: Success");
        }
        catch (SocketException e)
        {
            return new ProbeResult(CheckStatus.Critical, DialError.Describe(target.Dialed, e));
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => DialError.Timeout(HostAndPort.Read(spec.Target, "tcp", out _)?.Dialed ?? spec.Target);
}
