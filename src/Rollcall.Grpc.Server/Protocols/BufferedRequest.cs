using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>A request body of one frame, which is made at the first read. For one reader at a time, as every body.</summary>
internal sealed class BufferedRequest(Func<CancellationToken, ValueTask<byte[]>> read) : PipeReader, IRequestBodyPipeFeature
{
    private ReadOnlySequence<byte> _left;
    private bool _wasRead;

    public PipeReader Reader => this;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (!_wasRead)
        {
            _left = new ReadOnlySequence<byte>(await read(cancellationToken).ConfigureAwait(false));
            _wasRead = true;
        }

        return new ReadResult(_left, isCanceled: false, isCompleted: true);
    }

    public override bool TryRead(out ReadResult result)
    {
        result = new ReadResult(_left, isCanceled: false, isCompleted: true);
        return _wasRead;
    }

    public override void AdvanceTo(SequencePosition consumed) => _left = _left.Slice(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

    public override void CancelPendingRead()
    {
        // Nobody waits here but in the delegate, which has a token.
    }

    public override void Complete(Exception? exception = null)
    {
    }
}
