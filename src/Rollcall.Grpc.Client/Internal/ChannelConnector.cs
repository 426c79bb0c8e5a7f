using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Hosts;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Connects a channel to an endpoint that its policy picks, to others when that one can't be reached, and again after a pause.</summary>
internal sealed class ChannelConnector(GrpcChannel channel, ChannelConnectivity connectivity, EndpointTransports transports)
{
    private readonly List<Endpoint> _tried = [];

    /// <summary>What the last attempt failed for; null: none has.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>Returns when there is a connection.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The balancer was disposed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var rounds = 0; connectivity.State != global::Grpc.Core.ConnectivityState.Ready; )
        {
            connectivity.OnSearching(begins: true);
            try
            {
                if (await TryEachAsync(cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }
            finally
            {
                connectivity.OnSearching(begins: false);
            }

            await PauseAsync(rounds++, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tries endpoints until one is connected.</summary>
    /// <returns>False: none that can be picked is left.</returns>
    private async Task<bool> TryEachAsync(CancellationToken cancellationToken)
    {
        _tried.Clear();
        while (true)
        {
            var lease = await channel.Balancer.PickAsync(Context(), waitForReady: true, cancellationToken).ConfigureAwait(false);
            if (Context().HasTried(lease.Endpoint))
            {
                lease.Complete(new CallOutcome(CallResult.Cancelled, TimeSpan.Zero));
                return false;
            }

            _tried.Add(lease.Endpoint);
            if (await TryConnectAsync(lease, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }
    }

    private async Task<bool> TryConnectAsync(PickLease lease, CancellationToken cancellationToken)
    {
        var started = channel.TimeProvider.GetTimestamp();

        // A connection says that it can be reached; how it serves calls it does not say, nor how long it takes for one.
        var outcome = new CallOutcome(CallResult.Cancelled, TimeSpan.Zero);
        try
        {
            var address = RequestHost.AddressOf(lease.Endpoint.Authority, $"{channel.Scheme}://{lease.Endpoint.Authority}");
            await transports.Get(lease.Endpoint).ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            outcome = new CallOutcome(CallResult.Unreachable, channel.TimeProvider.GetElapsedTime(started));
            LastFailure = TransportError.NoConnection(lease.Endpoint, e);
            return false;
        }
        finally
        {
            lease.Complete(outcome);
        }
    }

    /// <summary>Waits before another round over all endpoints, but not when a call connects meanwhile, or the list changes.</summary>
    private async Task PauseAsync(int rounds, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pause = Task.Delay(channel.ReadyPause(rounds), channel.TimeProvider, end.Token);
        var change = connectivity.WaitForChangeAsync(connectivity.State, end.Token);
        await Task.WhenAny(pause, change).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private PickContext Context() => new() { Tried = _tried };
}
