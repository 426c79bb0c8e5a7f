using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Connects and hangs up: who accepts a connection passes.</summary>
internal sealed class TcpCheck : IProbe
{
    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        // Without a host it is this machine, as in Go.
        var target = spec.Target is [':', ..] ? $"localhost{spec.Target}" : spec.Target;
        if (!TrySplit(target, out var host, out var port))
        {
            return new ProbeResult(CheckStatus.Critical, $"dial tcp: address {Fault(spec.Target)}");
        }

        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            return new ProbeResult(CheckStatus.Passing, $"TCP connect {spec.Target}: Success");
        }
        catch (SocketException e)
        {
            return new ProbeResult(CheckStatus.Critical, DialError.Describe(spec.Target, e));
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => DialError.Timeout(spec.Target);

    // Where Consul has words for it, in these.
    private static string Fault(string target)
    {
        var port = target[(target.LastIndexOf(':') + 1)..];
        return port.Length == target.Length ? $"{target}: missing port in address"
            : port.Length > 0 && port.All(char.IsAsciiDigit) && !ushort.TryParse(port, CultureInfo.InvariantCulture, out _) ? $"{port}: invalid port"
            : $"{target}: expected host:port, such as 127.0.0.1:8080";
    }

    /// <summary>Takes <c>host:port</c> apart; an IPv6 address comes in brackets.</summary>
    internal static bool TrySplit(string target, out string host, out int port)
    {
        var colon = target.LastIndexOf(':');
        host = colon < 0 ? "" : target[..colon];
        port = 0;
        if (host.Length > 1 && host[0] == '[' && host[^1] == ']')
        {
            host = host[1..^1];
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            return false;
        }

        return host.Length > 0
            && int.TryParse(target.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is > 0 and <= IPEndPoint.MaxPort;
    }
}
