using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Takes gRPC frames and sends each message as a line of JSON when it is flushed. For one writer at a time.</summary>
internal sealed class JsonLinesWriter(PipeWriter inner, MessageDescriptor type, MessageJson json, FieldDescriptor? field) : PipeWriter
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

    /// <exception cref="RpcException">Internal: a message can't be written as JSON.</exception>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Convert();
        return inner.FlushAsync(cancellationToken);
    }

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private void Convert()
    {
        var frames = new ReadOnlySequence<byte>(_frames.WrittenMemory);
        try
        {
            while (GrpcFraming.TryReadFrame(ref frames, int.MaxValue, out var frame) == GrpcFrameResult.Frame)
            {
                if (!json.TryFormat(Messages.Parse(type, frame.Payload), field, out var text, out var fault))
                {
                    throw MessageDecoder.Fault(StatusCode.Internal, fault);
                }

                Encoding.UTF8.GetBytes(text, inner);
                inner.Write("\n"u8);
                _converted = true;
            }
        }
        finally
        {
            _frames.ResetWrittenCount();
        }
    }
}
