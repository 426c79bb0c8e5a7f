using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Rollcall.TestKit;
using Endpoint = Rollcall.Discovery.Endpoint;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>
/// HTTP/2 on a bare socket, for what no server would send. It answers SETTINGS and PING, hands each HEADERS frame to the test, and reads
/// no header: the test knows what it sent.
/// </summary>
internal sealed class FramePeer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly Func<FramePeerConnection, int, Task> _onHeaders;
    private readonly Http2Frame _begin;
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;
    private readonly List<Task> _serving = [];
    private int _connections;
    private int _open;
    private int _streams;

    private FramePeer(Func<FramePeerConnection, int, Task> onHeaders, Http2Frame begin, X509Certificate2? certificate)
    {
        _certificate = certificate;
        _onHeaders = onHeaders;
        _begin = begin;
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    public Endpoint Endpoint => new($"frames-{Port}", "127.0.0.1", Port);

    public int Connections => Volatile.Read(ref _connections);

    public int OpenConnections => Volatile.Read(ref _open);

    public int Streams => Volatile.Read(ref _streams);

    /// <param name="onHeaders">Called with the connection and the stream's id for each request.</param>
    /// <param name="begin">Its first frame. Null: SETTINGS, as is right.</param>
    /// <param name="certificate">For TLS. Null: without.</param>
    public static FramePeer Start(
        Func<FramePeerConnection, int, Task> onHeaders, Http2Frame? begin = null, X509Certificate2? certificate = null) =>
        new(onHeaders, begin ?? new Http2Frame(FrameType.Settings, Http2Flags.None, 0, []), certificate);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting.WithinAsync();
        await Task.WhenAll(_serving).WithinAsync();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                Interlocked.Increment(ref _connections);
                _serving.Add(ServeAsync(client));
            }
        }
        catch (Exception e) when (_end.IsCancellationRequested && e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // It was stopped, while it waited for a connection or before it did.
        }
    }

    private async Task<Stream> BeginAsync(TcpClient client)
    {
        if (_certificate is null)
        {
            return client.GetStream();
        }

        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = [SslApplicationProtocol.Http2] }, _end.Token);
        return tls;
    }

    private async Task ServeAsync(TcpClient client)
    {
        Interlocked.Increment(ref _open);
        using (client)
        {
            try
            {
                await using var stream = await BeginAsync(client);
                using var connection = new FramePeerConnection(client, stream, _end.Token);
                var head = new byte[24];
                await stream.ReadExactlyAsync(head, _end.Token);
                await connection.SendAsync(_begin);
                while (true)
                {
                    var frame = await Http2Frame.ReadAsync(stream, _end.Token);
                    switch (frame.Type)
                    {
                        case FrameType.Settings when !frame.Flags.HasFlag(Http2Flags.Ack):
                            await connection.SendAsync(FrameType.Settings, Http2Flags.Ack, 0, []);
                            break;
                        case FrameType.Ping when !frame.Flags.HasFlag(Http2Flags.Ack):
                            await connection.SendAsync(frame with { Flags = Http2Flags.Ack });
                            break;
                        case FrameType.Headers:
                            Interlocked.Increment(ref _streams);
                            await _onHeaders(connection, frame.StreamId).WaitAsync(_end.Token);
                            break;
                        case FrameType.Data:
                            connection.OnData(frame.StreamId);
                            break;
                        case FrameType.RstStream:
                            connection.OnReset(frame.StreamId, frame.FirstNumber);
                            break;
                        default:
                            break;
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
            {
            }
            finally
            {
                Interlocked.Decrement(ref _open);
            }
        }
    }
}
