namespace Rollcall.Grpc.Client.Internal;

/// <summary>One framed message in a rented array, and the request that carries it; can be sent any number of times.</summary>
internal sealed class BufferedContent : FrameContent, IRequestBody
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

    /// <param name="channel">Whose calls it sends.</param>
    public BufferedContent(GrpcChannel channel) => _channel = channel;

    public bool HasStarted => ((FrameContent?)_another ?? this).WasAskedFor;

    /// <summary>The call has ended, nothing reads the request any more, and nothing on it is that call's own.</summary>
    public bool IsReusable { get; private set; }

    public bool CanReplay => true;

    public string? Encoding { get; private set; }

    public int? RetrySize => _frame.Length;

    /// <summary>The size of the message before it was packed.</summary>
    public int MessageBytes { get; private set; }

    /// <summary>Begins a call.</summary>
    /// <param name="frame">The message; disposed at the end.</param>
    /// <param name="messageBytes">See <see cref="MessageBytes"/>.</param>
    /// <param name="encoding">See <see cref="Encoding"/>.</param>
    public void Fill(GrpcFrameBuffer frame, int messageBytes, string? encoding)
    {
        _frame = frame;
        MessageBytes = messageBytes;
        Encoding = encoding;
        _requestTaken = false;
        _another = null;
        WasAskedFor = false;
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

    public void Detach()
    {
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

    public override Stream ReadCopy()
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

    public override Task WriteToAsync(Stream stream, CancellationToken cancellationToken)
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
