namespace Rollcall.LoadTest.Calls;

/// <summary>Reads the baseline's response stream: as many messages from one read of the body as it brings.</summary>
internal sealed class RawReader(Stream body)
{
    private const int BufferSize = 32 * 1024;

    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;

    /// <returns>Null at the end.</returns>
    public ValueTask<Payload?> ReadAsync()
    {
        var message = TryTake();
        return message is not null ? ValueTask.FromResult<Payload?>(message) : FillAsync();
    }

    private async ValueTask<Payload?> FillAsync()
    {
        while (true)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
            var read = await body.ReadAsync(_buffer.AsMemory(_end));
            if (read == 0)
            {
                return null;
            }

            _end += read;
            if (TryTake() is { } message)
            {
                return message;
            }
        }
    }

    private Payload? TryTake()
    {
        var length = RawFraming.FrameLength(_buffer.AsSpan(_start, _end - _start));
        if (length == 0 || length > _end - _start)
        {
            return null;
        }

        var message = Payload.Parser.ParseFrom(_buffer.AsSpan(_start + RawFraming.PrefixLength, length - RawFraming.PrefixLength));
        _start += length;
        return message;
    }
}
