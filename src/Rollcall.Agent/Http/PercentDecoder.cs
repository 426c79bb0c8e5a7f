using System.Buffers;
using System.Globalization;
using System.Text;

namespace Rollcall.Agent.Http;

/// <summary>Undoes percent-encoding of UTF-8.</summary>
internal static class PercentDecoder
{
    private static readonly SearchValues<char> s_coded = SearchValues.Create("%+");

    /// <summary>False if a percent sign is not followed by two hexadecimal digits.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, bool plusIsSpace, out string decoded)
    {
        if (text.IndexOfAny(s_coded) < 0)
        {
            decoded = text.ToString();
            return true;
        }

        decoded = "";
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '%':
                    if (i + 2 >= text.Length
                        || !byte.TryParse(
                            text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[count++]))
                    {
                        return false;
                    }

                    i += 2;
                    break;
                case '+' when plusIsSpace:
                    bytes[count++] = (byte)' ';
                    break;
                default:
                    count += Encoding.UTF8.GetBytes(text.Slice(i, 1), bytes.AsSpan(count));
                    break;
            }
        }

        decoded = Encoding.UTF8.GetString(bytes, 0, count);
        return true;
    }
}
