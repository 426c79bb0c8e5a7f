using System.Buffers;
using System.Text;

namespace Rollcall.Grpc;

/// <summary>The value of <c>grpc-message</c>: UTF-8, percent-encoded outside printable ASCII.</summary>
public static class GrpcStatusMessage
{
    // Everything from space to tilde except the percent sign.
    private static readonly SearchValues<char> s_plain =
        SearchValues.Create([.. Enumerable.Range(0x20, 0x5f).Select(code => (char)code).Where(c => c != '%')]);

    /// <summary>Encodes a text; returns the same instance when nothing needs encoding. Lone surrogates become U+FFFD.</summary>
    public static string Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.AsSpan().IndexOfAnyExcept(s_plain) < 0)
        {
            return text;
        }

        var result = new StringBuilder(text.Length + 16);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is >= 0x20 and <= 0x7e and not (byte)'%')
            {
                result.Append((char)octet);
            }
            else
            {
                result.Append('%').Append(Hex(octet >> 4)).Append(Hex(octet & 0xf));
            }
        }

        return result.ToString();

        static char Hex(int nibble) => (char)(nibble < 10 ? '0' + nibble : 'A' + nibble - 10);
    }

    /// <summary>Decodes a value. A percent sign without two hex digits stays as it is; bytes that are no UTF-8 become U+FFFD. Never fails.</summary>
    public static string Decode(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!value.Contains('%', StringComparison.Ordinal))
        {
            return value;
        }

        // Characters beyond ASCII are not legal here, yet they must survive: they take their UTF-8 form.
        var octets = new ArrayBufferWriter<byte>(value.Length);
        var rest = value.AsSpan();
        while (!rest.IsEmpty)
        {
            if (rest.Length >= 3 && rest[0] == '%' && char.IsAsciiHexDigit(rest[1]) && char.IsAsciiHexDigit(rest[2]))
            {
                octets.Write([(byte)((Convert.ToInt32(rest[1].ToString(), 16) << 4) | Convert.ToInt32(rest[2].ToString(), 16))]);
                rest = rest[3..];
                continue;
            }

            var next = rest[1..].IndexOf('%');
            var plain = next < 0 ? rest : rest[..(next + 1)];
            Encoding.UTF8.GetBytes(plain, octets);
            rest = rest[plain.Length..];
        }

        return Encoding.UTF8.GetString(octets.WrittenSpan);
    }
}
