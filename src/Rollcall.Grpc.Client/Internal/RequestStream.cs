using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// The body of a call whose caller writes while the call runs. A message goes to the attempt that is running; until response headers come, the
/// first messages are kept, so that an attempt that no server has seen can be made again elsewhere (also by the HTTP handler itself, which may
/// ask for the body more than once), and a failed one by the retry policy. One message at a time.
/// </summary>
internal sealed partial class RequestStream(GrpcChannel channel) : IRequestBody
{
    // REFUSED_STREAM and GOAWAY come within a round trip; nothing more than what is sent in that time is worth keeping, unless a policy needs it.
    private const int MaxReplayBytes = 64 * 1024;

    // In memory it takes no more than this, with what is around small messages. The array of one has up to twice its length.
    private const int MaxReplayMemory = 2 * MaxReplayBytes;

    private readonly Lock _lock = new();

    // Guarded by _lock, all of them.
    private List<KeptMessage>? _replay = [];
    private long _replayBytes;
    private long _replayMemory;
    private int _replaying;

    // Of the channel's buffer for retries, for all that is kept; once that is more than the buffer takes, the policy can't repeat the call.
    private long _reservedBytes;
    private bool _isReserved = true;
    private RequestAttachment? _current;

    // The last that began to send what was kept. One that began before it may be done with that after it, and must not take its place.
    private RequestAttachment? _newest;

    // That one has sent all, and nothing will be written any more.
    private bool _sentAll;
    private RequestAttachment? _writing;
    private TaskCompletionSource? _written;
    private TaskCompletionSource? _changed;
    private bool _started;
    private bool _committed;
    private bool _completed;
    private bool _ended;

    /// <summary>The call; set right after construction.</summary>
    public CallCore Call { get; set; } = null!;

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

    public int? RetrySize
    {
        get
        {
            lock (_lock)
            {
                return IsRepeatedByPolicy && _isReserved && _replay is not null && !_committed ? 0 : null;
            }
        }
    }

    public string? Encoding { get; init; }

    private bool IsRepeatedByPolicy => Call is { Policy.Retry.MaxAttempts: > 1 };

    public HttpRequestMessage CreateRequest() => RequestTemplate.Create(new StreamingContent(AttachAsync), channel);

    public void Detach()
    {
        RequestAttachment? replaced;
        lock (_lock)
        {
            _started = false;
            _newest = null;
            replaced = DetachLocked();
        }

        // Its handler may not have noticed that the attempt has failed.
        replaced?.Done.TrySetCanceled(CancellationToken.None);
    }

    /// <summary>Sends one message.</summary>
    /// <param name="frame">The message.</param>
    /// <param name="flush">False: more follows at once.</param>
    /// <returns>True when the frame is kept and so must not be disposed. A copy of it that is kept is no concern of the caller.</returns>
    /// <exception cref="Exception">The call has ended, or takes no more messages; what the caller is to see.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> SendAsync(GrpcFrameBuffer frame, bool flush)
    {
        while (true)
        {
            var attachment = TryBeginWrite() ?? await WaitForAttachmentAsync().ConfigureAwait(false);
            try
            {
                await attachment.Body.WriteAsync(frame.Frame, attachment.Token).ConfigureAwait(false);
                if (flush)
                {
                    await attachment.FlushAsync().ConfigureAwait(false);
                }
            }
            catch (Exception e)
            {
                lock (_lock)
                {
                    EndWriteLocked();
                }

                await WaitForNextAttemptAsync(attachment, e).ConfigureAwait(false);
                continue;
            }

            lock (_lock)
            {
                EndWriteLocked();
                if (_current == attachment || _ended)
                {
                    return TryKeepLocked(frame);
                }
            }

            // The attempt was replaced while this message went out: it belongs to the new one as well.
        }
    }

    /// <summary>No more messages follow.</summary>
    public void Complete()
    {
        RequestAttachment? attachment;
        lock (_lock)
        {
            _completed = true;
            attachment = _current;
        }

        // Without an attachment the next one ends as soon as it has sent what was kept.
        attachment?.Done.TrySetResult();
    }

    public void OnCommitted()
    {
        lock (_lock)
        {
            _committed = true;

            // A handler may hand out the response before it asks for the body, which then begins with what was kept.
            if (_current is not null || _sentAll)
            {
                DropReplayLocked();
            }

            SignalLocked();
        }
    }

    public void OnEnded(bool cleanly)
    {
        RequestAttachment? attachment;
        lock (_lock)
        {
            _ended = true;
            attachment = _current;
            DropReplayLocked();
            SignalLocked();
        }

        attachment?.Done.TrySetCanceled();
    }

    private RequestAttachment? TryBeginWrite()
    {
        lock (_lock)
        {
            return _writing = _ended ? null : _current;
        }
    }

    private void EndWriteLocked()
    {
        _writing = null;
        _written?.TrySetResult();
        _written = null;
    }

    private async Task<RequestAttachment> WaitForAttachmentAsync()
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
                    return _writing = attachment;
                }

                changed = ChangedLocked();
            }

            await changed.ConfigureAwait(false);
        }

        throw Ended();
    }

    /// <summary>A write failed. Returns when the call goes on with another attempt, and throws when it doesn't.</summary>
    private async Task WaitForNextAttemptAsync(RequestAttachment failed, Exception error)
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

                // There is no other attempt to come. With the headers there, the call ends when its responses have been read, which may be after this.
                if (_replay is null && !Call.EndsByItself)
                {
                    throw Call.WriteFailed(error);
                }

                changed = ChangedLocked();
            }

            await changed.ConfigureAwait(false);
        }

        throw Ended();
    }

    /// <summary>
    /// What the caller of a write is to see once the call has ended or was given up. With status OK as well, as grpc-dotnet does: who writes until the
    /// server has enough catches one type.
    /// </summary>
    /// <param name="own">See <see cref="CallCore.CreateException"/>.</param>
    public Exception Ended(CancellationToken own = default) => Call.GetStatus().StatusCode == StatusCode.OK
        ? new RpcException(new Status(StatusCode.OK, "The server has ended the call and takes no more messages; its answer is there to read."))
        : Call.CreateException(own);

    private Task ChangedLocked() => (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void SignalLocked()
    {
        // Continuations run asynchronously, so completing it under the lock runs nobody's code.
        _changed?.TrySetResult();
        _changed = null;
    }
}
