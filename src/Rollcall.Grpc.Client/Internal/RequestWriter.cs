using Grpc.Core;
using Grpc.Net.Compression;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>The caller's end of a <see cref="RequestStream"/>: turns messages into frames and sees to it that there is one write at a time.</summary>
internal sealed class RequestWriter<T>(RequestStream stream, Marshaller<T> marshaller, ICompressionProvider? compression) : IClientStreamWriter<T>
    where T : class
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private bool _writing;
    private bool _completed;

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
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
            cancellationToken.ThrowIfCancellationRequested();
            using var registration = cancellationToken.UnsafeRegister(static state => ((CallCore)state!).Cancel(), stream.Call);
            var flags = WriteOptions?.Flags ?? 0;
            var policy = stream.Call.IsPolicyUnread ? await stream.Call.ReadPolicyAsync().ConfigureAwait(false) : stream.Call.Policy;
            frame = RequestEncoding.Serialize(marshaller, message, policy.MaxSendBytes, (flags & WriteFlags.NoCompress) == 0 ? compression : null, out _);
            kept = await stream.SendAsync(frame, flush: (flags & WriteFlags.BufferHint) == 0).ConfigureAwait(false);
            stream.Call.OnSent();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Whether it fired now or before, it ends the call.
            stream.Call.Cancel();
            throw stream.Ended(cancellationToken);
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
        lock (_lock)
        {
            if (_writing)
            {
                return Task.FromException(
                    new InvalidOperationException("Can't complete the request stream: a write is still running. Await it first."));
            }

            _completed = true;
        }

        stream.Complete();
        return Task.CompletedTask;
    }
}
