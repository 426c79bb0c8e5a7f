using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The connections to one endpoint.</summary>
/// <param name="invoker">Sends, over as many connections as it takes.</param>
/// <param name="connectivity">Hears of the connections. Null: the handler is the user's own.</param>
/// <param name="connectTimeout">Longest time for <see cref="ConnectAsync"/>.</param>
/// <param name="authority">What calls name the server; null: its address.</param>
internal sealed class EndpointTransport(HttpMessageInvoker invoker, EndpointConnectivity? connectivity, TimeSpan connectTimeout, string? authority)
{
    private readonly Lock _lock = new();
    private volatile bool _retired;

    // Guarded by _lock.
    private Task _connecting = Task.CompletedTask;

    public HttpMessageInvoker Invoker => invoker;

    /// <summary>The user's own handler, which may do anything with a request, and keep it.</summary>
    public bool IsShared => connectivity is null;

    /// <summary>Takes no more calls.</summary>
    public bool IsRetired => _retired;

    /// <summary>Waits for a connection, and makes one if there is none. Callers at the same time wait for the same one.</summary>
    /// <param name="endpoint">Scheme, host and port.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HttpRequestException">It can't be reached.</exception>
    /// <exception cref="IOException">The peer does not speak HTTP/2.</exception>
    /// <exception cref="TimeoutException">The time is over.</exception>
    public Task ConnectAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_connecting.IsCompleted)
            {
                _connecting = Task.Run(() => ConnectOnceAsync(connectivity!, endpoint), CancellationToken.None);
                FaultObserver.Observe(_connecting);
            }

            return _connecting.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes no more calls, and closes each connection when its last call has ended.</summary>
    public void Retire()
    {
        _retired = true;
        connectivity?.Remove();

        // SocketsHttpHandler lets running streams end before it closes their connection.
        invoker.Dispose();
    }

    private async Task ConnectOnceAsync(EndpointConnectivity state, Uri endpoint)
    {
        using var limit = new CancellationTokenSource(connectTimeout);
        using var request = new ConnectRequest(endpoint, authority);

        // From here on a connection that a call makes ends the request as well: it is never sent. One that is being made already is waited for.
        state.Waiting = request;
        try
        {
            if (state.State == ConnectivityState.Connecting)
            {
                await state.WaitForChangeAsync(ConnectivityState.Connecting, limit.Token).ConfigureAwait(false);
            }

            if (state.State != ConnectivityState.Ready)
            {
                await OpenAsync(request, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException("no answer within the connect timeout");
        }
        finally
        {
            state.Waiting = null;
        }
    }

    private async Task OpenAsync(ConnectRequest request, CancellationToken limit)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit, request.Done);
        try
        {
            using var response = await invoker.SendAsync(request, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (request.Connection is not null)
        {
            await request.Connection.Established.WaitAsync(limit).ConfigureAwait(false);
        }
    }
}
