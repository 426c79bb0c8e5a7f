using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// A request body in base64, decoded as it is read. It takes from the connection only when everything decoded so far was examined, so
/// that the caller is held back as with any other body. For one reader at a time.
/// </summary>
internal sealed class TextRequestReader(PipeReader inner) : PipeReader
{
    private readonly ArrayBufferWriter<byte> _decoded = new();
    private int _consumed; // bytes of _decoded that the reader is done with
    private int _examined; // bytes of _decoded that the reader has seen; not less than _consumed
    private bool _completed;
    private bool _cancelled;
    private ReadOnlySequence<byte> _current; // what the last read gave out

    public override bool TryRead(out ReadResult result)
    {
        if (!_cancelled && !HasNews && !(inner.TryRead(out var read) && Take(read)))
        {
            result = default;
            return false;
        }

        result = Give();
        return true;
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (!_cancelled && !HasNews)
        {
            Take(await inner.ReadAsync(cancellationToken).ConfigureAwait(false));
        }

        return Give();
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var end = _decoded.WrittenCount;
        _examined = end - (int)_current.Slice(examined).Length;
        _consumed = end - (int)_current.Slice(consumed).Length;
        _examined = Math.Max(_examined, _consumed);
        if (_consumed == end)
        {
            _decoded.ResetWrittenCount();
            _consumed = _examined = 0;
        }
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private bool HasNews => _completed || _decoded.WrittenCount > _examined;

    // True when there is something to give out.
    private bool Take(in ReadResult read)
    {
        var buffer = read.Buffer;
        Compact();
        var valid = Base64Quads.TryDecode(ref buffer, _decoded);
        var left = buffer.Length;
        inner.AdvanceTo(buffer.Start, buffer.End);
        if (!valid || (read.IsCompleted && left > 0))
        {
            throw new BadHttpRequestException("The request body is not base64.");
        }

        _completed = read.IsCompleted;
        _cancelled = read.IsCanceled;
        return _cancelled || HasNews;
    }

    private ReadResult Give()
    {
        _current = new ReadOnlySequence<byte>(_decoded.WrittenMemory[_consumed..]);
        var result = new ReadResult(_current, _cancelled, _completed);
        _cancelled = false;
        return result;
    }

    // Moves what is left of consumed messages to the front, so that a stream without an end needs no endless buffer.
    private void Compact()
    {
        if (_consumed == 0)
        {
            return;
        }

        var rest = _decoded.WrittenSpan[_consumed..].ToArray();
        _decoded.ResetWrittenCount();
        _decoded.Write(rest);
        _examined -= _consumed;
        _consumed = 0;
    }
}
