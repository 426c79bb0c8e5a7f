using System.Net;
using System.Net.Sockets;
using Rollcall.Grpc.Client.Internal;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Internal;

public sealed class ConnectionStreamTests : IDisposable
{
    private readonly ChannelConnectivity _channel = new();
    private readonly Socket _peer;
    private readonly ConnectionStream _stream;

    public ConnectionStreamTests()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(listener.LocalEndpoint);
        _peer = listener.AcceptSocket();
        var endpoint = _channel.Add();
        endpoint.OnConnecting();
        _stream = new ConnectionStream(socket, endpoint, tls: false);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _peer.Dispose();
        _channel.Dispose();
    }

    [Fact]
    public async Task PeerThatClosedTheConnection_IsReadToItsLastByteBeforeTheConnectionFails()
    {
        _peer.Send(new byte[100]);
        await Eventually.TrueAsync(() => _stream.Socket.Available == 100);
        Reset();

        // The reset comes with one write at the latest, and breaks those after it.
        for (var i = 0; i < 3; i++)
        {
            await _stream.WriteAsync(new byte[10]).AsTask().WithinAsync();
        }

        await _stream.ReadExactlyAsync(new byte[100]).AsTask().WithinAsync();
        Assert.Equal(0, await ReadEndAsync());
    }

    [Fact]
    public async Task WriteThatIsCancelled_Fails()
    {
        using var cancelled = new CancellationTokenSource();
        var large = new byte[64 * 1024];
        var write = Task.CompletedTask;
        while (write.IsCompletedSuccessfully)
        {
            write = _stream.WriteAsync(large, cancelled.Token).AsTask();
        }

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write.WithinAsync());
    }

    // As a process does that ends with bytes unread.
    private void Reset()
    {
        _peer.LingerState = new LingerOption(true, 0);
        _peer.Close();
    }

    private async Task<int> ReadEndAsync()
    {
        try
        {
            return await _stream.ReadAsync(new byte[1]).AsTask().WithinAsync();
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
