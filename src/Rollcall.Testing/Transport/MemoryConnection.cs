using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Rollcall.Testing.Transport;

/// <summary>The server's end of a connection. It ends both pipes when it is given up, so that the client hears of it.</summary>
internal sealed class MemoryConnection : DefaultConnectionContext
{
    private readonly IDuplexPipe _pipes;
    private readonly CancellationTokenSource _closed = new();

    public MemoryConnection(IDuplexPipe pipes)
    {
        _pipes = pipes;
        ConnectionId = Guid.NewGuid().ToString("N");
        Transport = pipes;
        ConnectionClosed = _closed.Token;
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _pipes.Output.CancelPendingFlush();
        _pipes.Output.Complete(new IOException("The agent closed the connection.", abortReason));
        _pipes.Input.CancelPendingRead();
        _closed.Cancel();
    }

    /// <summary>The client has gone.</summary>
    public void HangUp() => ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false);

    public override async ValueTask DisposeAsync()
    {
        await _pipes.Output.CompleteAsync().ConfigureAwait(false);
        await _pipes.Input.CompleteAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
