using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// The request stream of a call. A message goes to the body of the attempt that is running; until response headers come, the first messages
/// are kept, so that an attempt that no server has seen can be made again elsewhere (also by the HTTP handler itself, which may ask for the
/// body more than once). One write at a time.
/// </summary>
internal sealed partial class RequestWriter<T> : IClientStreamWriter<T>, IRequestBody
    where T : class
{
    // REFUSED_STREAM and GOAWAY come within a round trip; nothing more than what is sent in that time is worth keeping.
    private const int MaxReplayBytes = 64 * 1024;

    private readonly Marshaller<T> _marshaller;
    private readonly int _maxMessageBytes;
    private readonly bool _gzip;
    private readonly Lock _lock = new();

    // Guarded by _lock, all of them.
    private List<GrpcFrameBuffer>? _replay = [];
    private int _replayBytes;
    private bool _replaying;
    private Attachment? _current;
    private TaskCompletionSource? _changed;
    private bool _started;
    private bool _committed;
    private bool _completed;
    private bool _ended;
    private bool _writing;

    public RequestWriter(Marshaller<T> marshaller, int maxMessageBytes, bool gzip)
    {
        _marshaller = marshaller;
        _maxMessageBytes = maxMessageBytes;
        _gzip = gzip;
    }

    /// <summary>The call; set right after construction.</summary>
    public CallCore Call { get; set; } = null!;

    public WriteOptions? WriteOptions { get; set; }

    public bool HasStarted
    {
        get
        {
            lock (_lock)
            {
                return _started;
            }
        }
    }

    public bool CanReplay
    {
        get
        {
            lock (_lock)
            {
                return _replay is not null;
            }
        }
    }

    public int? RetrySize => null;

    public HttpContent CreateContent()
    {
        lock (_lock)
        {
            _started = false;
        }

        return new StreamingContent(AttachAsync);
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_completed)
            {
                throw new InvalidOperationException("Can't write the message: the request stream was completed.");
            }

            if (_writing)
            {
                throw new InvalidOperationException("Can't write the message: the previous write is still running. Await each write.");
            }

            _writing = true;
        }

        var kept = false;
        var frame = default(GrpcFrameBuffer);
        try
        {
            using var registration = cancellationToken.UnsafeRegister(static state => ((CallCore)state!).Cancel(), Call);
            var gzip = _gzip && (WriteOptions?.Flags & WriteFlags.NoCompress) is not WriteFlags.NoCompress;
            frame = RequestEncoding.Serialize(_marshaller, message, _maxMessageBytes, gzip);
            kept = await SendAsync(frame).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _writing = false;
            }

            if (!kept)
            {
                frame.Dispose();
            }
        }
    }

    public Task CompleteAsync()
    {
        Attachment? attachment;
        lock (_lock)
        {
            if (_writing)
            {
                throw new InvalidOperationException("Can't complete the request stream: a write is still running. Await it first.");
            }

            _completed = true;
            attachment = _current;
        }

        // Without an attachment the next one ends as soon as it has sent what was kept.
        attachment?.Done.TrySetResult();
        return Task.CompletedTask;
    }

    public void OnCommitted()
    {
        lock (_lock)
        {
            _committed = true;
            DropReplayLocked();
            SignalLocked();
        }
    }

    public void OnEnded()
    {
        Attachment? attachment;
        lock (_lock)
        {
            _ended = true;
            attachment = _current;
            DropReplayLocked();
            SignalLocked();
        }

        attachment?.Done.TrySetCanceled();
    }

    /// <returns>True when the frame is kept and so must not be disposed.</returns>
    private async Task<bool> SendAsync(GrpcFrameBuffer frame)
    {
        while (true)
        {
            var attachment = await WaitForAttachmentAsync().ConfigureAwait(false);
            try
            {
                await attachment.Body.WriteAsync(frame.Frame, attachment.Token).ConfigureAwait(false);
                if (WriteOptions is not { Flags: var flags } || (flags & WriteFlags.BufferHint) == 0)
                {
                    await attachment.Body.FlushAsync(attachment.Token).ConfigureAwait(false);
                }
            }
            catch (Exception e)
            {
                await WaitForNextAttemptAsync(attachment, e).ConfigureAwait(false);
                continue;
            }

            lock (_lock)
            {
                if (_current == attachment || _committed || _ended)
                {
                    return TryKeepLocked(frame);
                }
            }

            // The attempt was replaced while this message went out: it belongs to the new one as well.
        }
    }

    private async Task<Attachment> WaitForAttachmentAsync()
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_ended)
                {
                    break;
                }

                if (_current is { } attachment)
                {
                    return attachment;
                }

                changed = ChangedLocked();
            }

            await changed.ConfigureAwait(false);
        }

        throw Ended();
    }

    /// <summary>A write failed. Returns when the call goes on with another attempt, and throws when it doesn't.</summary>
    private async Task WaitForNextAttemptAsync(Attachment failed, Exception error)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_ended)
                {
                    break;
                }

                if (_current is { } other && other != failed)
                {
                    return;
                }

                // With the headers there, the call ends when its responses have been read, and that may be after this write.
                if (_committed || _replay is null)
                {
                    if (!Call.EndsByItself)
                    {
                        throw Call.WriteFailed(error);
                    }
                }

                changed = ChangedLocked();
            }

            await changed.ConfigureAwait(false);
        }

        throw Ended();
    }

    private Exception Ended() => Call.GetStatus().StatusCode == StatusCode.OK
        ? new InvalidOperationException("Can't write the message: the server has ended the call with status OK.")
        : Call.CreateException();

    private Task ChangedLocked() => (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void SignalLocked()
    {
        // Continuations run asynchronously, so completing it under the lock runs nobody's code.
        _changed?.TrySetResult();
        _changed = null;
    }

    private sealed class Attachment(Stream body, CancellationToken token)
    {
        public Stream Body { get; } = body;

        public CancellationToken Token { get; } = token;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
