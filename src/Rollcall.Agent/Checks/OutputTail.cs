using System.Text;

namespace Rollcall.Agent.Checks;

/// <summary>Keeps the last bytes of a check's output, as Consul does: what a program says last is why it failed.</summary>
internal sealed class OutputTail
{
    /// <summary>Consul's default for <c>check_output_max_size</c>.</summary>
    public const int MaxBytes = 4096;

    private readonly byte[] _ring = new byte[MaxBytes];
    private long _written;

    /// <summary>Reads a stream to its end and keeps what fits.</summary>
    public async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            var at = (int)(_written % MaxBytes);
            var read = await stream.ReadAsync(_ring.AsMemory(at), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            _written += read;
        }
    }

    /// <summary>Caps text that is already in memory.</summary>
    public static string Cap(string text)
    {
        if (Encoding.UTF8.GetMaxByteCount(text.Length) <= MaxBytes || Encoding.UTF8.GetByteCount(text) <= MaxBytes)
        {
            return text;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        return Decode(bytes.AsSpan(bytes.Length - MaxBytes));
    }

    /// <inheritdoc />
    public override string ToString()
    {
        if (_written <= MaxBytes)
        {
            return Encoding.UTF8.GetString(_ring, 0, (int)_written);
        }

        var at = (int)(_written % MaxBytes);
        return Decode([.. _ring[at..], .. _ring[..at]]);
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
