using System.Net;
using System.Net.Sockets;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Takes a request and cuts the connection without an answer, as a process does that is killed at that moment.</summary>
internal sealed class CuttingServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private int _requests;

    public CuttingServer(string id)
    {
        _listener.Start();
        Endpoint = new Endpoint(id, "127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);
        _loop = Task.Run(RunAsync);
    }

    public Endpoint Endpoint { get; }

    public int Requests => Volatile.Read(ref _requests);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var buffer = new byte[4096];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var socket = await _listener.AcceptSocketAsync(_stop.Token);
                if (await socket.ReceiveAsync(buffer, _stop.Token) > 0)
                {
                    Interlocked.Increment(ref _requests);
                }

                socket.Close(0);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException
                || (_stop.IsCancellationRequested && e is InvalidOperationException))
            {
                // The last: it was stopped before it waited for a connection.
            }
        }
    }
}
