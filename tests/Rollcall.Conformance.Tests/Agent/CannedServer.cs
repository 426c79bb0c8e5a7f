using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rollcall.Conformance.Tests.Agent;

/// <summary>An instance to be probed that answers byte for byte what the path asks for, and hangs up. A path that it does not know is answered with what the request said.</summary>
internal sealed class CannedServer : IAsyncDisposable
{
    private static readonly Dictionary<string, byte[]> s_answers = new(StringComparer.Ordinal)
    {
        ["/short"] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"u8.ToArray(),
        ["/chunk"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"u8.ToArray(),
        ["/nogzip"] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray(),
        ["/gzip"] =
        [
            .. "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n"u8,
            .. Convert.FromHexString("1F8B0800000000000203CB48CDC9C95748AFCA2C0000196AD2DF0A000000"),
        ],
        ["/long"] = [.. "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"u8, .. Enumerable.Range(0, 10_000).Select(static i => (byte)('0' + (i % 10)))],
        ["/headers"] = [.. "HTTP/1.1 200 OK\r\nX-A: "u8, .. Enumerable.Repeat((byte)'x', 200_000), .. "\r\nContent-Length: 0\r\n\r\n"u8],
        ["/eof"] = [],
        // What a stream has sent when the probe's time is over. It stays open.
        ["/stream"] = "HTTP/1.1 200 OK\r\n\r\nxxxxx"u8.ToArray(),
    };

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public CannedServer()
    {
        _listener.Start();
        _loop = AcceptAsync();
    }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string HostAndPort => _listener.LocalEndpoint.ToString()!;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> peers = [];
        try
        {
            while (true)
            {
                peers.Add(AnswerAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(peers);
        }
    }

    private async Task AnswerAsync(Socket peer)
    {
        using var owned = peer;
        try
        {
            await using var stream = new NetworkStream(peer);
            var request = await ReadRequestAsync(stream);
            var path = request.Split(' ').ElementAtOrDefault(1) ?? "";
            if (path == "/reset")
            {
                peer.LingerState = new LingerOption(enable: true, seconds: 0);
                return;
            }

            await stream.WriteAsync(s_answers.GetValueOrDefault(path) ?? Answer(path, request), _stop.Token);
            if (path == "/stream")
            {
                // The probe hangs up first.
                _ = await stream.ReadAsync(new byte[1], _stop.Token);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            // It was given up.
        }
    }

    private async Task<string> ReadRequestAsync(NetworkStream stream)
    {
        var (text, bytes) = ("", new byte[4096]);
        while (!text.Contains("\r\n\r\n", StringComparison.Ordinal) || !text.EndsWith(Body(text), StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(bytes, _stop.Token);
            if (read == 0)
            {
                break;
            }

            text += Encoding.Latin1.GetString(bytes, 0, read);
        }

        return text;
    }

    // The tests' only body.
    private static string Body(string text) => text.Contains("Content-Length: 3", StringComparison.Ordinal) ? "abc" : "";

    private static byte[] Answer(string path, string request) =>
        path.StartsWith("/to/", StringComparison.Ordinal) ? Redirect(path)
        : path.StartsWith("/say/", StringComparison.Ordinal) ? Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {path.Length}\r\n\r\n{path}")
        : Echo(request);

    // /to/307/there sends there with 307; a ~ in it stands for a slash.
    private static byte[] Redirect(string path)
    {
        var (code, location) = path.Split('/', 4) is [_, _, var first, var rest] ? (first, rest.Replace('~', '/')) : (path[4..], null);
        return Encoding.Latin1.GetBytes($"HTTP/1.1 {code} Moved\r\n{(location is null ? "" : $"Location: {location}\r\n")}Content-Length: 3\r\n\r\nbye");
    }

    // Between makes of clients, headers have no order, and a request without a body may say so.
    private static byte[] Echo(string request)
    {
        var (head, body) = request.Split("\r\n\r\n", 2) is [var first, var rest] ? (first, rest) : (request, "");
        var lines = head.Split("\r\n");
        var said = string.Join('|', [lines[0].Split(' ')[0], .. lines.Skip(1).Where(static line => line != "Content-Length: 0" && !line.StartsWith("Host:", StringComparison.Ordinal)).Order(StringComparer.Ordinal), body]);
        return Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {said.Length}\r\n\r\n{said}"));
    }
}
