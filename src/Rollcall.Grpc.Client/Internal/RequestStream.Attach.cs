using System.Buffers;

namespace Rollcall.Grpc.Client.Internal;

/// <content>The bodies of the attempts, and what is kept for the next one.</content>
internal sealed partial class RequestStream
{
    // What a kept message takes beside its bytes: the array's header and its place in the list, which doubles. Of small messages it is most.
    private const int BytesAround = 48;

    // Of the pool.
    private const int SmallestArray = 16;

    private static readonly TimeSpan s_longestWriteAfterTheEnd = TimeSpan.FromSeconds(1);

    /// <summary>The handler is ready to send the body: sends what was kept, then whatever is written, until the stream is completed.</summary>
    private async Task AttachAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            await SendBodyAsync(body, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The handler has given the body up, because the stream was reset or the call cancelled. It would report the end of the body rather
            // than its reason if this task failed; so the task ends well, and the reason comes from the wait for the response.
        }
    }

    private async Task SendBodyAsync(Stream body, CancellationToken cancellationToken)
    {
        var attachment = new RequestAttachment(body, Call is { UsesOwnHandler: true }, cancellationToken);
        await ReplayAsync(attachment, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (_completed)
            {
                _sentAll = _newest == attachment;
                if (_committed && _sentAll)
                {
                    DropReplayLocked();
                }

                return;
            }

            if (_ended)
            {
                throw new IOException("The call has ended.");
            }

            if (_newest != attachment)
            {
                throw new IOException("The request is being sent again.");
            }

            _current = attachment;
            if (_committed)
            {
                DropReplayLocked();
            }

            SignalLocked();
        }

        using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), attachment.Done);
        try
        {
            await attachment.Done.Task.ConfigureAwait(false);
        }
        finally
        {
            await WriteOverAsync(attachment, cancellationToken).ConfigureAwait(false);
            attachment.ObserveFlush();
        }
    }

    /// <summary>
    /// The body ends only when no message is being written to it. To a body that fails, SocketsHttpHandler sends RST_STREAM, and what is left of a write
    /// that its token does not end goes out behind it: a connection error to servers, which costs all calls of that connection.
    /// </summary>
    private async Task WriteOverAsync(RequestAttachment attachment, CancellationToken cancellationToken)
    {
        Task written;
        lock (_lock)
        {
            if (_writing != attachment)
            {
                return;
            }

            written = (_written ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        // A server that ends the call and takes nothing more need not say so by a reset. Then the write waits for room, and is ended with the body.
        await written.WaitAsync(s_longestWriteAfterTheEnd, channel.TimeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReplayAsync(RequestAttachment attachment, CancellationToken cancellationToken)
    {
        KeptMessage[] replay;
        RequestAttachment? replaced;
        lock (_lock)
        {
            _started = true;
            if (_replay is null)
            {
                throw new RequestNotKeptException();
            }

            replaced = DetachLocked();
            _newest = attachment;
            _sentAll = false;
            replay = [.. _replay];
            _replaying++;
        }

        replaced?.Done.TrySetCanceled(CancellationToken.None);
        try
        {
            foreach (var message in replay)
            {
                await attachment.Body.WriteAsync(message.Frame, cancellationToken).ConfigureAwait(false);
            }

            // Also without any message: the headers go out now.
            await attachment.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _replaying--;
            }
        }
    }

    private RequestAttachment? DetachLocked()
    {
        var current = _current;
        _current = null;
        return current;
    }

    /// <summary>Keeps a message that has been written, for the next attempt.</summary>
    /// <returns>True when the frame itself is kept; false when it isn't, or a copy of it is, and so it is the caller's to dispose.</returns>
    private bool TryKeepLocked(GrpcFrameBuffer frame)
    {
        if (_replay is null || _committed || _ended)
        {
            return false;
        }

        // A packed message lies in an array for what it had before, and one whose length nobody said before in one for a guess. That would take the
        // room of others, or be too much by itself.
        var copied = frame.Array.Length > Math.Max(2 * (long)frame.Length, SmallestArray);
        var array = copied ? ArrayPool<byte>.Shared.Rent(frame.Length) : frame.Array;
        var held = array.Length + BytesAround;
        if (_isReserved && IsRepeatedByPolicy && channel.TryReserveRetryBuffer(held, _reservedBytes))
        {
            _reservedBytes += held;
        }
        else
        {
            _isReserved = false;
            ReleaseLocked();
        }

        if (!_isReserved && (_replayBytes + frame.Length > MaxReplayBytes || _replayMemory + held > MaxReplayMemory))
        {
            if (copied)
            {
                ArrayPool<byte>.Shared.Return(array);
            }

            DropReplayLocked();
            return false;
        }

        if (copied)
        {
            frame.Frame.CopyTo(array);
        }

        _replayBytes += frame.Length;
        _replayMemory += held;
        _replay.Add(new KeptMessage(array, frame.Length));
        return !copied;
    }

    private void DropReplayLocked()
    {
        // What an attempt is sending again at this moment is left to the collector: its memory must not go to somebody else meanwhile.
        if (_replay is not null && _replaying == 0)
        {
            _replay.ForEach(static message => ArrayPool<byte>.Shared.Return(message.Array));
        }

        _replay = null;
        ReleaseLocked();
    }

    private void ReleaseLocked()
    {
        channel.ReleaseRetryBuffer(_reservedBytes);
        _reservedBytes = 0;
    }

    /// <param name="Array">From the shared pool: that of the message as it was written, or a smaller one.</param>
    /// <param name="Length">Bytes of prefix and payload, from index 0.</param>
    private readonly record struct KeptMessage(byte[] Array, int Length)
    {
        public ReadOnlyMemory<byte> Frame => Array.AsMemory(0, Length);
    }
}
