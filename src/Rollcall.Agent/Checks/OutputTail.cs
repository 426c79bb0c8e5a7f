using System.Globalization;
using System.Text;

namespace Rollcall.Agent.Checks;

/// <summary>Keeps the last bytes of a check's output, as Consul does: what a program says last is why it failed.</summary>
/// <param name="maxBytes">How many, at least 1.</param>
internal sealed class OutputTail(int maxBytes = OutputTail.DefaultMaxBytes)
{
    /// <summary>Consul's default for <c>check_output_max_size</c>.</summary>
    public const int DefaultMaxBytes = 4096;

    private readonly byte[] _ring = new byte[maxBytes];
    private long _written;

    /// <summary>Reads a stream to its end and keeps what fits.</summary>
    public async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            var at = (int)(_written % maxBytes);
            var read = await stream.ReadAsync(_ring.AsMemory(at), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            _written += read;
        }
    }

    /// <summary>Takes what another has kept, and counts what that has not.</summary>
    public void Append(OutputTail other)
    {
        var kept = other.Kept();
        _written += other._written - kept.Length;
        foreach (var value in kept)
        {
            _ring[(int)(_written++ % maxBytes)] = value;
        }
    }

    /// <summary>Caps text that is already in memory.</summary>
    public static string Cap(string text)
    {
        if (Encoding.UTF8.GetMaxByteCount(text.Length) <= DefaultMaxBytes || Encoding.UTF8.GetByteCount(text) <= DefaultMaxBytes)
        {
            return text;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        return Decode(bytes.AsSpan(bytes.Length - DefaultMaxBytes));
    }

    /// <summary>The text, and before it what is missing, as Consul tells it of programs.</summary>
    public string WithNote() =>
        _written <= maxBytes ? ToString() : string.Create(CultureInfo.InvariantCulture, $"Captured {maxBytes} of {_written} bytes\n...\n{this}");

    /// <inheritdoc />
    public override string ToString() => Decode(Kept());

    private byte[] Kept()
    {
        if (_written <= maxBytes)
        {
            return _ring[..(int)_written];
        }

        var at = (int)(_written % maxBytes);
        return [.. _ring[at..], .. _ring[..at]];
    }

    /// <summary>A cut in the middle of a character drops the rest of that character.</summary>
    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && (bytes[0] & 0xC0) == 0x80)
        {
            bytes = bytes[1..];
        }

        return Encoding.UTF8.GetString(bytes);
    }
}
