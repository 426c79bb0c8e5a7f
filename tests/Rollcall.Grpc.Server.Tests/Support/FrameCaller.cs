using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>HTTP/2 on a bare socket, for what no client would send. Streams are the test's to number: 1, 3, 5 and so on.</summary>
internal sealed class FrameCaller : IAsyncDisposable
{
    private const int MaxFrame = 16_384;

    private readonly TcpClient _client;
    private readonly NetworkStream _stream;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<int, FrameAnswer> _answers = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly string _authority;
    private Task _reading = Task.CompletedTask;
    private volatile bool _closed;

    private FrameCaller(TcpClient client, Uri address)
    {
        _client = client;
        _stream = client.GetStream();
        _authority = address.Authority;
    }

    /// <summary>Completes when the server has closed the connection.</summary>
    public Task Closed => _reading;

    /// <summary>The server's GOAWAY, when one came.</summary>
    public Http2Frame? GoAway { get; private set; }

    public static async Task<FrameCaller> ConnectAsync(Uri address)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port).WithinAsync();
        var caller = new FrameCaller(client, address);
        await caller._stream.WriteAsync(Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));

        // SETTINGS_HEADER_TABLE_SIZE = 0: header blocks that can be read without what came before.
        await caller.SendAsync(new Http2Frame(FrameType.Settings, Http2Flags.None, 0, [0, 1, 0, 0, 0, 0]));
        caller._reading = caller.ReadAsync();
        return caller;
    }

    public FrameAnswer Answer(int stream)
    {
        var answer = _answers.GetOrAdd(stream, static _ => new FrameAnswer());
        if (_closed)
        {
            answer.End();
        }

        return answer;
    }

    public Task SendAsync(Http2Frame frame) => SendAsync(frame.ToBytes());

    /// <exception cref="IOException">The server has closed the connection.</exception>
    public async Task SendAsync(byte[] frames)
    {
        await _turn.WaitAsync(_end.Token);
        try
        {
            await _stream.WriteAsync(frames, _end.Token).AsTask().WithinAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The headers of a gRPC call; further ones go behind, or replace those of the same name.</summary>
    public (string Name, string Value)[] CallHeaders(string path, params (string Name, string Value)[] more)
    {
        (string Name, string Value)[] usual =
        [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", _authority), ("te", "trailers"),
            ("content-type", "application/grpc"),
        ];
        return [.. usual.Where(header => more.All(m => m.Name != header.Name)).Concat(more).OrderBy(header => header.Name[0] == ':' ? 0 : 1)];
    }

    public Task StartAsync(int stream, string path, params (string Name, string Value)[] more) =>
        SendAsync(new Http2Frame(FrameType.Headers, Http2Flags.EndHeaders, stream, HeaderBlock.Encode(CallHeaders(path, more))));

    /// <summary>Bytes of a body, in frames that are not too large; there is no flow control here, so 64 KB at most.</summary>
    public async Task DataAsync(int stream, byte[] bytes, bool endStream)
    {
        var rest = bytes.AsMemory();
        do
        {
            var piece = rest[..Math.Min(rest.Length, MaxFrame)];
            rest = rest[piece.Length..];
            var flags = endStream && rest.IsEmpty ? Http2Flags.EndStream : Http2Flags.None;
            await SendAsync(new Http2Frame(FrameType.Data, flags, stream, piece.ToArray()));
        }
        while (!rest.IsEmpty);
    }

    /// <summary>A whole request, and its whole answer.</summary>
    public async Task<RawResponse> CallAsync(int stream, string path, byte[] body, params (string Name, string Value)[] more)
    {
        await StartAsync(stream, path, more);
        await DataAsync(stream, body, endStream: true);
        await Answer(stream).Ended.WithinAsync();
        return Answer(stream).ToResponse();
    }

    /// <summary>Says that nothing more will come, and goes on reading.</summary>
    public void EndSending() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Closes the connection as a killed process does.</summary>
    public void Abort()
    {
        _client.Client.LingerState = new LingerOption(true, 0);
        _client.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _client.Dispose();
        await _reading.WithinAsync();
        _turn.Dispose();
        _end.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                await TakeAsync(await Http2Frame.ReadAsync(_stream, _end.Token));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
        }
        finally
        {
            _closed = true;
            foreach (var answer in _answers.Values)
            {
                answer.End();
            }
        }
    }

    private async Task TakeAsync(Http2Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Settings or FrameType.Ping when !frame.Flags.HasFlag(Http2Flags.Ack):
                await SendAsync(frame with { Flags = Http2Flags.Ack, Payload = frame.Type == FrameType.Ping ? frame.Payload : [] });
                break;
            case FrameType.Headers:
                Answer(frame.StreamId).AddHeaders(frame.Payload);
                break;
            case FrameType.Data:
                Answer(frame.StreamId).AddData(frame.Payload);
                break;
            case FrameType.RstStream:
                Answer(frame.StreamId).OnReset(frame.FirstNumber);
                break;
            case FrameType.GoAway:
                GoAway = frame;
                break;
        }

        if (frame.EndsStream)
        {
            Answer(frame.StreamId).End();
        }
    }
}
