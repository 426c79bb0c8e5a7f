using System.Net.Sockets;

namespace Rollcall.Cli.Commands.Explain;

/// <summary>Tries to connect to instances.</summary>
internal static class Connection
{
    private const int AtATime = 32;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    /// <summary>Tries all addresses, many at a time.</summary>
    /// <returns>For each address null if it accepts connections, else why not.</returns>
    public static async Task<IReadOnlyDictionary<(string Host, int Port), string?>> TryAllAsync(
        IEnumerable<(string Host, int Port)> addresses, TimeProvider time, CancellationToken cancellationToken)
    {
        var results = new System.Collections.Concurrent.ConcurrentDictionary<(string, int), string?>();
        await Parallel.ForEachAsync(
            addresses.Distinct(),
            new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken },
            async (address, token) => results[address] = await TryAsync(address.Host, address.Port, time, token));
        return results;
    }

    private static async ValueTask<string?> TryAsync(string host, int port, TimeProvider time, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var timer = new CancellationTokenSource(s_timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            await socket.ConnectAsync(host, port, either.Token);
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no answer within {s_timeout.TotalSeconds:0} s";
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => "connection refused",
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "its name can't be resolved",
                SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route to it",
                SocketError.TimedOut => "no answer",
                _ => failure.Message,
            };
        }
    }
}
