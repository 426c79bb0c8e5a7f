using System.Net;
using System.Net.Sockets;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery;

/// <summary>
/// Opens TCP connections to one endpoint. Where the policy says so (<see cref="IBalancingPolicy.ConnectionAttemptDelay"/>), an endpoint that takes long
/// has to compete with the next ones, as in RFC 8305 and gRFC A61: calls that wait for it go where there is a connection sooner. Thread-safe.
/// </summary>
/// <remarks>
/// It only finds out: the connection to another endpoint is closed again, and the attempt fails as if the endpoint had refused it. So the call moves
/// on, and the balancer leaves the endpoint out for a while, by the same rules as after a refusal.
/// </remarks>
public sealed class EndpointConnector
{
    // Linux numbers: a host that is gone is noticed after this time even with data on the way, instead of a quarter of an hour.
    private const int TcpLevel = 6;
    private const int TcpUserTimeoutOption = 18;
    private const int DeadPeerSeconds = 20;

    private readonly Endpoint _endpoint;
    private readonly ServiceBalancer _balancer;
    private readonly Func<Endpoint, CancellationToken, Task<Socket>> _open;

    // The last attempt took long and another endpoint did not: the next one need not find that out again.
    private volatile bool _isSlow;

    /// <param name="endpoint">Where connections go.</param>
    /// <param name="balancer">Knows the other endpoints. Not owned.</param>
    public EndpointConnector(Endpoint endpoint, ServiceBalancer balancer)
        : this(endpoint, balancer, static (to, cancellationToken) => OpenAsync(new DnsEndPoint(to.Host, to.Port), cancellationToken))
    {
    }

    /// <param name="endpoint">Where connections go.</param>
    /// <param name="balancer">Knows the other endpoints. Not owned.</param>
    /// <param name="open">Opens a connection.</param>
    internal EndpointConnector(Endpoint endpoint, ServiceBalancer balancer, Func<Endpoint, CancellationToken, Task<Socket>> open)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(balancer);
        _endpoint = endpoint;
        _balancer = balancer;
        _open = open;
    }

    /// <summary>Opens a connection without delay of small messages, that notices within 20 seconds when the peer's machine is gone.</summary>
    /// <param name="address">Host name or address, and port.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">It can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<Socket> OpenAsync(DnsEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, DeadPeerSeconds / 2);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, DeadPeerSeconds / 4);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 2);
            if (OperatingSystem.IsLinux())
            {
                socket.SetRawSocketOption(TcpLevel, TcpUserTimeoutOption, BitConverter.GetBytes(DeadPeerSeconds * 1000));
            }

            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection to the endpoint.</summary>
    /// <param name="cancellationToken">Gives up; the connect timeout belongs here.</param>
    /// <exception cref="SocketException">It can't be reached, or takes long while another endpoint does not.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<Socket> ConnectAsync(CancellationToken cancellationToken) =>
        _balancer.Policy.ConnectionAttemptDelay is { } delay && _balancer.FindUntried([_endpoint]) is not null
            ? CompeteAsync(delay, cancellationToken)
            : _open(_endpoint, cancellationToken);

    private async Task<Socket> CompeteAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var own = _open(_endpoint, over.Token);
        List<Endpoint> asked = [_endpoint];
        List<Other> others = [];
        var taken = false;
        try
        {
            for (var patience = _isSlow ? TimeSpan.Zero : delay; !own.IsCompleted;)
            {
                // The next one is asked after the delay, and at once when the last one failed.
                var pause = Task.Delay(patience, _balancer.TimeProvider, over.Token);
                await Task.WhenAny([own, pause, .. others.Select(static other => other.Opening)]).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                if (own.IsCompleted)
                {
                    break;
                }

                if (others.Find(static other => other.Opening.IsCompletedSuccessfully) is { } sooner)
                {
                    _isSlow = true;
                    throw new SocketException(
                        (int)SocketError.TimedOut, $"There was no connection to {_endpoint} yet when there was one to {sooner.Endpoint}, which was asked later.");
                }

                others.RemoveAll(static other => other.Opening.IsCompleted);
                patience = Timeout.InfiniteTimeSpan;
                if (_balancer.FindUntried(asked) is { } next)
                {
                    asked.Add(next);
                    others.Add(new Other(next, _open(next, over.Token)));
                    patience = delay;
                }
            }

            _isSlow = false;
            var socket = await own.ConfigureAwait(false);
            taken = true;
            return socket;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            others.ForEach(static other => _ = AbandonAsync(other.Opening));
            if (!taken)
            {
                _ = AbandonAsync(own);
            }
        }
    }

    /// <summary>Nobody waits for it any more.</summary>
    private static async Task AbandonAsync(Task<Socket> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
        {
            (await opening.ConfigureAwait(false)).Dispose();
        }
    }

    private sealed record Other(Endpoint Endpoint, Task<Socket> Opening);
}
