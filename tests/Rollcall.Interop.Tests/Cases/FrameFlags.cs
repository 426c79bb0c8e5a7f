namespace Rollcall.Interop.Tests;

/// <summary>The compressed flags of the messages that passed by, in order. Thread-safe, except that bytes come one piece at a time.</summary>
internal sealed class FrameFlags
{
    private const int PrefixLength = 5;

    private readonly Lock _lock = new();
    private readonly List<bool> _flags = []; // guarded by _lock
    private int _inPrefix;
    private long _left;

    public bool[] All
    {
        get
        {
            lock (_lock)
            {
                return [.. _flags];
            }
        }
    }

    public void Observe(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_inPrefix == PrefixLength)
            {
                var skipped = (int)Math.Min(_left, bytes.Length);
                bytes = bytes[skipped..];
                _left -= skipped;
                _inPrefix = _left == 0 ? 0 : _inPrefix;
                continue;
            }

            if (_inPrefix == 0)
            {
                lock (_lock)
                {
                    _flags.Add(bytes[0] == 1);
                }

                _left = 0;
            }
            else
            {
                _left = (_left << 8) | bytes[0];
            }

            _inPrefix++;
            bytes = bytes[1..];
            if (_inPrefix == PrefixLength && _left == 0)
            {
                _inPrefix = 0;
            }
        }
    }
}
