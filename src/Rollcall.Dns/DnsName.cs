using System.Text;

namespace Rollcall.Dns;

/// <summary>
/// A name in the form of the wire without compression: labels with their lengths before them, and an empty one at the end. A view of bytes that
/// somebody else owns.
/// </summary>
public readonly ref struct DnsName
{
    /// <summary>The longest name, in bytes (RFC 1035 2.3.4).</summary>
    public const int MaxLength = 255;

    /// <summary>The longest label, in bytes.</summary>
    public const int MaxLabelLength = 63;

    private DnsName(ReadOnlySpan<byte> wire) => Wire = wire;

    /// <summary>The name of everything.</summary>
    public static DnsName Root => new([0]);

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Wire { get; }

    /// <summary>The root.</summary>
    public bool IsRoot => Wire.Length <= 1;

    /// <summary>The first label, without its length; empty for the root.</summary>
    public ReadOnlySpan<byte> Label => Wire.IsEmpty ? [] : Wire.Slice(1, Wire[0]);

    /// <summary>The name without its first label.</summary>
    public DnsName Parent => IsRoot ? Root : new DnsName(Wire[(1 + Wire[0])..]);

    /// <summary>How many labels it has; the root has none.</summary>
    public int LabelCount
    {
        get
        {
            var count = 0;
            for (var rest = this; !rest.IsRoot; rest = rest.Parent)
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>Bytes that are known to be a whole name, such as those that <see cref="TryEncode"/> wrote.</summary>
    internal static DnsName Trusted(ReadOnlySpan<byte> wire) => new(wire);

    /// <summary>Takes bytes as a name.</summary>
    /// <returns>False: they are not exactly one name.</returns>
    public static bool TryCreate(ReadOnlySpan<byte> wire, out DnsName name)
    {
        name = default;
        var at = 0;
        while (at < wire.Length && wire[at] is > 0 and <= MaxLabelLength)
        {
            at += 1 + wire[at];
        }

        if (wire.Length > MaxLength || at != wire.Length - 1 || wire[at] != 0)
        {
            return false;
        }

        name = new DnsName(wire);
        return true;
    }

    /// <summary>
    /// Writes the text form of a name (<c>web.service.consul</c>, with or without a dot at the end) in the form of the wire. A backslash takes
    /// the next character, or the byte with the next three decimal digits, for what it is (RFC 1035 5.1).
    /// </summary>
    /// <param name="text">The text; what is beyond ASCII goes as UTF-8. Empty or a dot is the root.</param>
    /// <param name="destination">Where to; 255 bytes always are enough.</param>
    /// <param name="length">How many bytes were written.</param>
    /// <returns>False: a label is empty or too long, the name is too long, an escape is not finished, or there is no room.</returns>
    public static bool TryEncode(ReadOnlySpan<char> text, Span<byte> destination, out int length)
    {
        length = 0;
        var rest = text is "." ? [] : text;
        while (!rest.IsEmpty)
        {
            if (!TryEncodeLabel(ref rest, destination[length..], out var label) || label == 0)
            {
                return false;
            }

            length += 1 + label;
        }

        if (length >= Math.Min(destination.Length, MaxLength))
        {
            return false;
        }

        destination[length++] = 0;
        return true;
    }

    /// <summary>The bytes are the same, apart from the case of ASCII letters (RFC 4343).</summary>
    public bool EqualsIgnoreCase(DnsName other)
    {
        if (Wire.Length != other.Wire.Length)
        {
            return false;
        }

        // What is in ASCII is equal here; a byte beyond it makes this say no, whatever stands in its place.
        return Ascii.EqualsIgnoreCase(Wire, other.Wire) || (!Ascii.IsValid(Wire) && EqualsByBytes(Wire, other.Wire));
    }

    /// <summary>The name is <paramref name="zone"/> or below it.</summary>
    /// <param name="zone">The other name.</param>
    /// <param name="prefixLabels">How many labels it has more.</param>
    public bool IsWithin(DnsName zone, out int prefixLabels)
    {
        prefixLabels = 0;
        for (var rest = this; rest.Wire.Length >= zone.Wire.Length; rest = rest.Parent, prefixLabels++)
        {
            if (rest.Wire.Length == zone.Wire.Length)
            {
                return rest.EqualsIgnoreCase(zone);
            }
        }

        return false;
    }

    /// <summary>The text form, with a dot at the end; what is no printable ASCII is escaped, so that <see cref="TryEncode"/> reads it back.</summary>
    public override string ToString()
    {
        if (IsRoot)
        {
            return ".";
        }

        var text = new StringBuilder(Wire.Length + 1);
        for (var rest = this; !rest.IsRoot; rest = rest.Parent)
        {
            AppendLabel(text, rest.Label);
            text.Append('.');
        }

        return text.ToString();
    }

    private static bool EqualsByBytes(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        for (var i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i] && !((left[i] ^ right[i]) == 0x20 && char.IsAsciiLetter((char)left[i])))
            {
                return false;
            }
        }

        return true;
    }

    private static void AppendLabel(StringBuilder text, ReadOnlySpan<byte> label)
    {
        foreach (var value in label)
        {
            if (value is <= (byte)' ' or >= 0x7F)
            {
                text.Append('\\').Append((char)('0' + (value / 100))).Append((char)('0' + (value / 10 % 10))).Append((char)('0' + (value % 10)));
            }
            else
            {
                if (value is (byte)'.' or (byte)'\\')
                {
                    text.Append('\\');
                }

                text.Append((char)value);
            }
        }
    }

    private static bool TryEncodeLabel(ref ReadOnlySpan<char> text, Span<byte> destination, out int length)
    {
        length = 0;
        Span<byte> bytes = stackalloc byte[4];
        while (!text.IsEmpty)
        {
            var written = 1;
            if (text[0] == '.')
            {
                text = text[1..];
                break;
            }

            if (text[0] == '\\')
            {
                if (!TryUnescape(ref text, out bytes[0]))
                {
                    return false;
                }
            }
            else if (Rune.DecodeFromUtf16(text, out var rune, out var consumed) == System.Buffers.OperationStatus.Done)
            {
                written = rune.EncodeToUtf8(bytes);
                text = text[consumed..];
            }
            else
            {
                return false;
            }

            if (length + written > MaxLabelLength || 1 + length + written > destination.Length)
            {
                return false;
            }

            bytes[..written].CopyTo(destination[(1 + length)..]);
            length += written;
        }

        if (destination.IsEmpty)
        {
            return false;
        }

        destination[0] = (byte)length;
        return true;
    }

    private static bool TryUnescape(ref ReadOnlySpan<char> text, out byte value)
    {
        value = 0;
        if (text.Length >= 4 && char.IsAsciiDigit(text[1]))
        {
            if (!byte.TryParse(text.Slice(1, 3), System.Globalization.NumberStyles.None, null, out value))
            {
                return false;
            }

            text = text[4..];
            return true;
        }

        if (text.Length < 2 || text[1] >= 0x80)
        {
            return false;
        }

        value = (byte)text[1];
        text = text[2..];
        return true;
    }
}
