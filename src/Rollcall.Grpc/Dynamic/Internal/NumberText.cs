using System.Globalization;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Numbers in JSON's notation (RFC 8259 6), whether they stand in a JSON number or in a string.</summary>
internal static class NumberText
{
    private const int MaxDigits = 20; // of an unsigned 64-bit number
    private const int MaxExponent = 10_000;

    public static bool IsNumber(ReadOnlySpan<char> text) => TrySplit(text, out _, out _, out _, out _);

    /// <summary>Reads a whole number, however it is written: 100, 100.0, 1e2. False if it is none, or has more digits than 64 bits can.</summary>
    public static bool TryReadWhole(ReadOnlySpan<char> text, out bool isNegative, out ulong magnitude)
    {
        magnitude = 0;
        if (!TrySplit(text, out isNegative, out var whole, out var fraction, out var exponent))
        {
            return false;
        }

        var digits = string.Concat(whole, fraction).TrimStart('0');
        var significant = digits.TrimEnd('0');
        var zeros = digits.Length - significant.Length + exponent - fraction.Length;
        return significant.Length == 0
            || (zeros >= 0
                && significant.Length + zeros <= MaxDigits
                && ulong.TryParse(significant + new string('0', zeros), NumberStyles.None, CultureInfo.InvariantCulture, out magnitude));
    }

    private static bool TrySplit(
        ReadOnlySpan<char> text, out bool isNegative, out ReadOnlySpan<char> whole, out ReadOnlySpan<char> fraction, out int exponent)
    {
        fraction = default;
        exponent = 0;
        isNegative = text.StartsWith('-');
        var rest = isNegative ? text[1..] : text;
        whole = TakeDigits(ref rest);
        if (whole.IsEmpty || (whole.Length > 1 && whole[0] == '0'))
        {
            return false;
        }

        if (rest.StartsWith('.'))
        {
            rest = rest[1..];
            fraction = TakeDigits(ref rest);
            if (fraction.IsEmpty)
            {
                return false;
            }
        }

        return rest.IsEmpty || TryReadExponent(rest, out exponent);
    }

    private static bool TryReadExponent(ReadOnlySpan<char> text, out int exponent)
    {
        exponent = 0;
        if (text[0] is not ('e' or 'E'))
        {
            return false;
        }

        var rest = text[1..];
        var isNegative = rest.StartsWith('-');
        if (isNegative || rest.StartsWith('+'))
        {
            rest = rest[1..];
        }

        var digits = TakeDigits(ref rest);
        if (digits.IsEmpty || !rest.IsEmpty)
        {
            return false;
        }

        // Beyond this every number is none or none that fits, and the sum with the number of digits must not overflow.
        exponent = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var read) ? Math.Min(read, MaxExponent) : MaxExponent;
        exponent = isNegative ? -exponent : exponent;
        return true;
    }

    private static ReadOnlySpan<char> TakeDigits(scoped ref ReadOnlySpan<char> text)
    {
        var length = text.IndexOfAnyExceptInRange('0', '9');
        var digits = length < 0 ? text : text[..length];
        text = text[digits.Length..];
        return digits;
    }
}
