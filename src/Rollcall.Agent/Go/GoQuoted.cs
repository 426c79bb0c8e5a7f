using System.Buffers;
using System.Globalization;
using System.Text;

namespace Rollcall.Agent.Go;

/// <summary>Text in double quotes as Go's <c>strconv.Unquote</c> reads it, and <c>%q</c> writes it.</summary>
internal static class GoQuoted
{
    /// <summary>What the text between the quotes stands for; null: it is not well formed.</summary>
    public static string? Read(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAny('\\', '\n', '"'))
        {
            return text.ToString();
        }

        // An escape may be one byte of a character.
        var bytes = new ArrayBufferWriter<byte>();
        while (!text.IsEmpty)
        {
            if (text[0] is '\n' or '"')
            {
                return null;
            }

            if (text[0] != '\\')
            {
                var plain = text.IndexOfAny('\\', '\n', '"') is >= 0 and var end ? text[..end] : text;
                Encoding.UTF8.GetBytes(plain, bytes);
                text = text[plain.Length..];
            }
            else if (text.Length < 2 || !TryEscape(ref text, bytes))
            {
                return null;
            }
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Go's <c>%q</c>, of all but the rarer letters that can't be printed.</summary>
    public static string Write(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '"' or '\\' => quoted.Append('\\').Append(letter),
                '\a' => quoted.Append("\\a"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\v' => quoted.Append("\\v"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
                '\x7f' => quoted.Append("\\u007f"),
                _ => quoted.Append(letter),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static bool TryEscape(ref ReadOnlySpan<char> text, ArrayBufferWriter<byte> bytes)
    {
        var letter = text[1];
        var simple = "abfnrtv\\\"".IndexOf(letter, StringComparison.Ordinal);
        if (simple >= 0)
        {
            bytes.Write([(byte)"\a\b\f\n\r\t\v\\\""[simple]]);
            text = text[2..];
            return true;
        }

        if (letter is >= '0' and <= '7')
        {
            return TryOctal(ref text, bytes);
        }

        var digits = letter switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0 || text.Length < 2 + digits || !uint.TryParse(text.Slice(2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
        {
            return false;
        }

        text = text[(2 + digits)..];
        if (letter == 'x')
        {
            bytes.Write([(byte)code]);
            return true;
        }

        // Half of a pair of UTF-16 is no fault, and no character either.
        Encoding.UTF8.GetBytes((Rune.TryCreate(code, out var rune) ? rune : Rune.ReplacementChar).ToString(), bytes);
        return code <= 0x10FFFF;
    }

    private static bool TryOctal(ref ReadOnlySpan<char> text, ArrayBufferWriter<byte> bytes)
    {
        if (text.Length < 4 || text.Slice(1, 3).ContainsAnyExceptInRange('0', '7') || text[1] > '3')
        {
            return false;
        }

        bytes.Write([(byte)(((text[1] - '0') << 6) | ((text[2] - '0') << 3) | (text[3] - '0'))]);
        text = text[4..];
        return true;
    }
}
