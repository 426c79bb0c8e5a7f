using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Writes the responses of a call. Every write waits for the transport, which is where a slow reader holds a handler back.</summary>
internal sealed class ResponseStreamWriter<T>(HttpServerCallContext context, Marshaller<T> marshaller) : IServerStreamWriter<T>
    where T : class
{
    private readonly ResponseFlusher _flusher = new(context);
    private Task _pending = Task.CompletedTask;

    public WriteOptions? WriteOptions
    {
        get => context.WriteOptions;
        set => context.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        if (context.Ended)
        {
            return Task.FromException(ResponseFlusher.CreateEnded());
        }

        if (context.IsStopped)
        {
            return Task.FromException(new OperationCanceledException("The server is stopping."));
        }

        if (!_pending.IsCompleted)
        {
            return Task.FromException(new InvalidOperationException("The write before has not ended; await each WriteAsync before the next."));
        }

        var options = context.WriteOptions;
        var hinted = options is not null && (options.Flags & WriteFlags.BufferHint) != 0;
        try
        {
            var frame = ResponseWriter.Serialize(context, marshaller, message, options);
            return _pending = _flusher.WriteAsync(frame, hinted, cancellationToken);
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
    }

    /// <summary>What brings the messages to the transport.</summary>
    public ResponseFlusher Flusher => _flusher;

    /// <summary>The handler has returned or thrown. What it has written comes before the trailers. Never fails.</summary>
    public ValueTask EndAsync() => _flusher.EndAsync();

    /// <inheritdoc cref="ResponseFlusher.ThrowIfFailed"/>
    public void ThrowIfFailed() => _flusher.ThrowIfFailed();
}
