using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>A TCP connection on which a test writes what it likes.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    private RawConnection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public static async Task<RawConnection> OpenAsync(Uri address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port).WithinAsync();
        return new RawConnection(socket);
    }

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes).AsTask().WithinAsync();

    public Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>Goes on in TLS with a server whose certificate is of this authority.</summary>
    public async Task<SslStream> UseTlsAsync(TestCertificates authority, SslApplicationProtocol protocol)
    {
        var tls = new SslStream(_stream);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [protocol],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 issued && authority.HasIssued(issued),
        }).WithinAsync();
        return tls;
    }

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes the connection as a killed process does.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    /// <summary>Reads exactly so many bytes.</summary>
    public async Task<byte[]> ReadAsync(int length)
    {
        var bytes = new byte[length];
        await _stream.ReadExactlyAsync(bytes).AsTask().WithinAsync();
        return bytes;
    }

    /// <summary>Reads until the server closes; a reset counts as that.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var received = new MemoryStream();
        try
        {
            await _stream.CopyToAsync(received).WithinAsync();
        }
        catch (IOException)
        {
            // Closed with bytes of ours unread.
        }

        return Encoding.ASCII.GetString(received.ToArray());
    }

    /// <summary>Reads one response of HTTP/1.1 with a content length or without a body; the text begins with the status line.</summary>
    public async Task<string> ReadResponseAsync()
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            text.Append((char)(await ReadAsync(1))[0]);
        }

        var head = text.ToString();
        const string Name = "content-length: ";
        var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        var length = at < 0 ? 0 : int.Parse(head[(at + Name.Length)..head.IndexOf('\r', at)], System.Globalization.CultureInfo.InvariantCulture);
        return head + Encoding.UTF8.GetString(await ReadAsync(length));
    }

    public void Dispose() => _stream.Dispose();
}
