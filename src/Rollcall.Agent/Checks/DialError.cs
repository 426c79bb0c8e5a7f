using System.Net.Sockets;

namespace Rollcall.Agent.Checks;

/// <summary>Connection failures in the words that Consul's checks use, because dashboards and alerts match on them.</summary>
internal static class DialError
{
    public static string Describe(string hostAndPort, SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => $"dial tcp {hostAndPort}: connect: connection refused",
        SocketError.ConnectionReset => $"dial tcp {hostAndPort}: connect: connection reset by peer",
        SocketError.HostUnreachable => $"dial tcp {hostAndPort}: connect: no route to host",
        SocketError.NetworkUnreachable => $"dial tcp {hostAndPort}: connect: network is unreachable",
        SocketError.TimedOut => Timeout(hostAndPort),
        SocketError.HostNotFound or SocketError.NoData => $"dial tcp: lookup {HostOf(hostAndPort)}: no such host",
        SocketError.TryAgain => $"dial tcp: lookup {HostOf(hostAndPort)}: server misbehaving",
        _ => $"dial tcp {hostAndPort}: {exception.Message}",
    };

    public static string Timeout(string hostAndPort) => $"dial tcp {hostAndPort}: i/o timeout";

    private static string HostOf(string hostAndPort)
    {
        var colon = hostAndPort.LastIndexOf(':');
        return colon < 0 ? hostAndPort : hostAndPort[..colon];
    }
}
