using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Takes gRPC frames and sends each message in another form when it is flushed. For one writer at a time.</summary>
internal abstract class ConvertingWriter(PipeWriter inner, MessageDescriptor type) : PipeWriter
{
    private readonly ArrayBufferWriter<byte> _frames = new();
    private bool _converted;

    /// <summary>True when a message was written, flushed or not.</summary>
    public bool HasMessages => _converted || _frames.WrittenCount > 0;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _frames.WrittenCount;

    public override void Advance(int bytes) => _frames.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _frames.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _frames.GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    /// <exception cref="RpcException">Internal: a message can't be written in the other form.</exception>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Convert();
        return inner.FlushAsync(cancellationToken);
    }

    /// <summary>Converts what was written, without sending it.</summary>
    /// <exception cref="RpcException">Internal: a message can't be written in the other form.</exception>
    public void Convert()
    {
        var frames = new ReadOnlySequence<byte>(_frames.WrittenMemory);
        try
        {
            while (GrpcFraming.TryReadFrame(ref frames, int.MaxValue, out var frame) == GrpcFrameResult.Frame)
            {
                Convert(Messages.ParseResponse(type, frame.Payload), inner);
                _converted = true;
            }
        }
        finally
        {
            _frames.ResetWrittenCount();
        }
    }

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <summary>Writes one message.</summary>
    /// <exception cref="RpcException">Internal: it can't be.</exception>
    protected abstract void Convert(IMessage message, PipeWriter output);
}
