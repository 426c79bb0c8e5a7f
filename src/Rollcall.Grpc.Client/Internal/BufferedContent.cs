using System.Net;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>One framed message in a rented array, and the request that carries it; can be sent any number of times.</summary>
/// <remarks>
/// Derived from <see cref="ByteArrayContent"/> because that is how SocketsHttpHandler recognises a body that is complete: it then sends
/// it without the machinery for sending and receiving at once, which costs small calls more than anything else here.
/// </remarks>
internal sealed class BufferedContent : ByteArrayContent, IRequestBody
{
    private readonly GrpcChannel _channel;

    // Disposed by OnEnded, unless somebody may still be reading it: then the collector gets it.
    private GrpcFrameBuffer _frame;

    // Of the first attempt. Another attempt makes its own: the handler may still hold the first.
    private HttpRequestMessage? _request;
    private bool _requestTaken;

    // The body of the attempt that is running. Null: this, for the first one.
    private AttemptContent? _another;

    // Sends that are being begun; -1 after the end.
    private int _sending;

    // A send that was begun and may be running. Of several at once only one is known, and so nobody sees when the last of them is over.
    private Task? _write;
    private volatile bool _overlapped;
    private volatile bool _started;

    /// <param name="channel">Whose calls it sends.</param>
    public BufferedContent(GrpcChannel channel)
        : base([])
    {
        _channel = channel;
        Headers.TryAddWithoutValidation("Content-Type", GrpcProtocol.ContentType);
    }

    public bool HasStarted => _another?.HasStarted ?? _started;

    /// <summary>The call has ended, nothing reads the request any more, and nothing on it is that call's own.</summary>
    public bool IsReusable { get; private set; }

    public bool CanReplay => true;

    public string? Encoding { get; private set; }

    public int? RetrySize => _frame.Length;

    /// <summary>Begins a call.</summary>
    /// <param name="frame">The message; disposed at the end.</param>
    /// <param name="encoding">See <see cref="Encoding"/>.</param>
    public void Fill(GrpcFrameBuffer frame, string? encoding)
    {
        _frame = frame;
        Encoding = encoding;
        _requestTaken = false;
        _another = null;
        _started = false;
        IsReusable = false;
        _write = null;
        _overlapped = false;
        Volatile.Write(ref _sending, 0);
    }

    public HttpRequestMessage CreateRequest()
    {
        if (_requestTaken)
        {
            return RequestTemplate.Create(_another = new AttemptContent(this), _channel);
        }

        _requestTaken = true;
        return _request ??= RequestTemplate.Create(this, _channel);
    }

    public void OnCommitted()
    {
    }

    public void OnEnded(bool cleanly)
    {
        if (Interlocked.CompareExchange(ref _sending, -1, 0) != 0 || _overlapped || _write is { IsCompleted: false })
        {
            return;
        }

        _frame.Dispose();
        IsReusable = cleanly && _requestTaken && RequestTemplate.TryReset(_request!, _channel);
    }

    protected override bool TryComputeLength(out long length)
    {
        // Known, but not told: gRPC peers do not look at it, and without it there is one header less.
        length = 0;
        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _started = true;
        return WriteToAsync(stream, cancellationToken);
    }

    // What of ByteArrayContent reads its own array is for handlers of the user's: they may sign the body, log it or send it in a content of theirs.
    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        CreateContentReadStream(cancellationToken).CopyTo(stream);

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken)
    {
        // Who has the bytes may send them without this class, so from here on a server may have seen the call.
        _started = true;
        return ReadCopy();
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        Task.FromResult(CreateContentReadStream(cancellationToken));

    /// <summary>The frame as a stream of its own, which outlives the call: nobody knows for how long a handler reads it.</summary>
    public Stream ReadCopy()
    {
        Enter();
        try
        {
            return new MemoryStream(_frame.Frame.ToArray(), writable: false);
        }
        finally
        {
            Interlocked.Decrement(ref _sending);
        }
    }

    /// <summary>Sends the frame once; may run several times at once.</summary>
    public Task WriteToAsync(Stream stream, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            var write = stream.WriteAsync(_frame.Frame, cancellationToken);
            if (write.IsCompletedSuccessfully)
            {
                write.GetAwaiter().GetResult();
                return Task.CompletedTask;
            }

            // The handler waits for it itself: a task in between costs a small call more than one percent.
            var task = write.AsTask();
            Note(task);
            return task;
        }
        finally
        {
            Interlocked.Decrement(ref _sending);
        }
    }

    private void Note(Task write)
    {
        var last = Volatile.Read(ref _write);
        if (last is { IsCompleted: false } || Interlocked.CompareExchange(ref _write, write, last) != last)
        {
            _overlapped = true;
        }
    }

    /// <exception cref="ObjectDisposedException">The frame may be somebody else's by now.</exception>
    private void Enter()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _sending);
            if (seen < 0)
            {
                throw new ObjectDisposedException(nameof(BufferedContent), "The call has ended.");
            }
        }
        while (Interlocked.CompareExchange(ref _sending, seen + 1, seen) != seen);
    }
}
