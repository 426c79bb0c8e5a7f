namespace Rollcall.Agent.Go;

/// <summary>
/// Whole numbers as Go's <c>strconv.ParseInt</c> and <c>ParseUint</c> read them in base 0: <c>0x</c>, <c>0o</c>, <c>0b</c> and a bare <c>0</c> (octal) say
/// the base, and an underscore may stand between digits.
/// </summary>
internal static class GoInteger
{
    private const string Syntax = "invalid syntax";
    private const string OutOfRange = "value out of range";

    /// <summary>Null, with what is wrong in Go's words: it is none.</summary>
    public static long? Read(string text, out string error)
    {
        var isNegative = text is ['-', ..];
        if (ReadUnsigned(text is ['+' or '-', ..] ? text.AsSpan(1) : text, ulong.MaxValue, out error) is not { } magnitude)
        {
            return null;
        }

        if (magnitude > (isNegative ? 1UL << 63 : long.MaxValue))
        {
            error = OutOfRange;
            return null;
        }

        return unchecked(isNegative ? -(long)magnitude : (long)magnitude);
    }

    /// <summary>The same without a sign.</summary>
    /// <param name="text">The text.</param>
    /// <param name="max">The largest number that will do.</param>
    /// <param name="error">What is wrong, in Go's words; empty: nothing.</param>
    public static ulong? ReadUnsigned(ReadOnlySpan<char> text, ulong max, out string error)
    {
        error = text.IsEmpty ? Syntax : "";
        var (numberBase, skipped) = text switch
        {
            ['0', 'x' or 'X', _, ..] => (16U, 2),
            ['0', 'o' or 'O', _, ..] => (8U, 2),
            ['0', 'b' or 'B', _, ..] => (2U, 2),
            ['0', ..] => (8U, 1),
            _ => (10U, 0),
        };
        var number = 0UL;
        var isMisplaced = false;
        for (var i = skipped; i < text.Length; i++)
        {
            if (text[i] == '_')
            {
                // A base counts as a digit before it.
                isMisplaced |= i == 0 || text[i - 1] == '_' || i == text.Length - 1;
                continue;
            }

            var digit = text[i] switch
            {
                >= '0' and <= '9' => (uint)(text[i] - '0'),
                >= 'a' and <= 'f' => (uint)(text[i] - 'a' + 10),
                >= 'A' and <= 'F' => (uint)(text[i] - 'A' + 10),
                _ => uint.MaxValue,
            };
            if (digit >= numberBase)
            {
                error = Syntax;
                return null;
            }

            if (digit > max || number > (max - digit) / numberBase)
            {
                error = OutOfRange;
                return null;
            }

            number = (number * numberBase) + digit;
        }

        error = isMisplaced ? Syntax : error;
        return error.Length == 0 ? number : null;
    }
}
