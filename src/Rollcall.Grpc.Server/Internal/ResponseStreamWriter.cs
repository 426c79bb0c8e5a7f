using System.IO.Pipelines;
using Grpc.Core;

namespace Rollcall.Grpc.Server;

/// <summary>Writes the responses of a call. Every write waits for the transport, which is where a slow reader holds a handler back.</summary>
internal sealed class ResponseStreamWriter<T>(HttpServerCallContext context, Marshaller<T> marshaller) : IServerStreamWriter<T>
    where T : class
{
    // A handler that hints at more for ever still gets its messages sent, and the memory back.
    private const int MaxUnflushedBytes = 64 * 1024;

    private Task _pending = Task.CompletedTask;
    private int _unflushed;

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
            return Task.FromException(new InvalidOperationException("The call has ended; write only before the handler returns."));
        }

        if (!_pending.IsCompleted)
        {
            return Task.FromException(new InvalidOperationException("The write before has not ended; await each WriteAsync before the next."));
        }

        var options = context.WriteOptions;
        try
        {
            _unflushed += ResponseWriter.Write(context, marshaller, message, options);
            context.Telemetry?.OnSent();
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }

        if (options is not null && (options.Flags & WriteFlags.BufferHint) != 0 && _unflushed < MaxUnflushedBytes)
        {
            return Task.CompletedTask;
        }

        _unflushed = 0;
        var flush = context.HttpContext.Response.BodyWriter.FlushAsync(cancellationToken.CanBeCanceled ? cancellationToken : context.DeadlineToken);
        return flush.IsCompletedSuccessfully ? Check(flush.Result) : _pending = AwaitFlushAsync(flush);
    }

    private async Task AwaitFlushAsync(ValueTask<FlushResult> flush) => await Check(await flush.ConfigureAwait(false)).ConfigureAwait(false);

    // The transport completes the flush of an aborted response without an error; the handler must hear of it, or it writes on for ever.
    private Task Check(FlushResult result)
    {
        if (!result.IsCompleted && !result.IsCanceled)
        {
            return Task.CompletedTask;
        }

        context.NoteReadFailure(new OperationCanceledException());
        return Task.FromException(new OperationCanceledException("The caller gave up the call.", context.CancellationToken));
    }
}
