using Grpc.Core;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Grpc.Client;

/// <content>Whether the channel is connected.</content>
public sealed partial class GrpcChannel
{
    // Pauses between rounds over all endpoints when none of them accepts a connection.
    private static readonly TimeSpan s_minReadyPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_maxReadyPause = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The state over all endpoints in the list: Ready when there is a connection to one of them, else Connecting when one is being made, else
    /// TransientFailure when the last attempt for one failed, else Idle. A channel connects when it is called, or by <see cref="ConnectAsync(CancellationToken)"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The channel has a handler of the user's own, which does not tell.</exception>
    public ConnectivityState State => Connectivity.State;

    private ChannelConnectivity Connectivity => _transports.Connectivity ?? throw new InvalidOperationException(
        "A channel with GrpcChannelOptions.HttpHandler does not know its connections. Leave HttpHandler null to use State, ConnectAsync and "
        + "WaitForStateChangedAsync.");

    /// <summary>
    /// Connects, so that the first call need not: to an endpoint that the policy picks, or to another one when that can't be reached. Goes on
    /// until there is a connection over which the peer speaks HTTP/2; returns at once when there is one. Calls nothing.
    /// </summary>
    /// <param name="cancellationToken">Ends the attempts. Without it they go on for as long as the channel lives.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled; the message says what the last attempt failed for.</exception>
    /// <exception cref="ObjectDisposedException">The channel was disposed.</exception>
    /// <exception cref="InvalidOperationException">The channel has a handler of the user's own.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        var connecting = ConnectAsync(Connectivity, cancellationToken);
        FaultObserver.Observe(connecting);
        return connecting;
    }

    /// <summary>Waits until <see cref="State"/> is another one.</summary>
    /// <param name="lastObservedState">The state that the caller has seen. Returns at once when it is over.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The channel has a handler of the user's own.</exception>
    public Task WaitForStateChangedAsync(ConnectivityState lastObservedState, CancellationToken cancellationToken = default) =>
        Connectivity.WaitForChangeAsync(lastObservedState, cancellationToken);

    /// <summary>The pause before another round over all endpoints, for who waits until one can be reached.</summary>
    /// <param name="rounds">Rounds before.</param>
    internal TimeSpan ReadyPause(int rounds)
    {
        var pause = Math.Min(s_minReadyPause.TotalMilliseconds * Math.Pow(1.6, rounds), s_maxReadyPause.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(pause * (0.8 + (0.4 * Random.NextDouble())));
    }

    private async Task ConnectAsync(ChannelConnectivity connectivity, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        var connector = new ChannelConnector(this, connectivity, _transports);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connectivity.Shutdown);
        try
        {
            await connector.RunAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            ObjectDisposedException.ThrowIf(!cancellationToken.IsCancellationRequested, this);
            throw new OperationCanceledException(
                $"There was no connection in time. {connector.LastFailure ?? Balancer.Explain()?.Message}".TrimEnd(), e, cancellationToken);
        }
    }
}
