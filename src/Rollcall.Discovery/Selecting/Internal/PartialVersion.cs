using System.Globalization;

namespace Rollcall.Discovery.Selecting.Internal;

/// <summary>A version as written in a range, of which numbers may be left out from the right: <c>1</c>, <c>1.2</c>, <c>1.x</c>, <c>*</c>.</summary>
/// <param name="Lowest">With 0 for what was left out.</param>
/// <param name="Numbers">How many numbers were given, from 0 to 3.</param>
internal readonly record struct PartialVersion(SemanticVersion Lowest, int Numbers)
{
    // So that one can be added to any of them without an overflow.
    private const int MaxDigits = 15;

    /// <summary>The first version above all that this one stands for; of <c>*</c> there is none.</summary>
    public SemanticVersion Above => Numbers switch
    {
        1 => new SemanticVersion(Lowest.Major + 1, 0, 0),
        2 => new SemanticVersion(Lowest.Major, Lowest.Minor + 1, 0),
        _ => new SemanticVersion(Lowest.Major, Lowest.Minor, Lowest.Patch + 1),
    };

    public static bool TryParse(ReadOnlySpan<char> text, out PartialVersion version)
    {
        version = default;
        if (text is ['v' or 'V', .. var bare])
        {
            text = bare;
        }

        var plus = text.IndexOf('+');
        if (plus >= 0)
        {
            if (!AreIdentifiers(text[(plus + 1)..], leadingZeros: true))
            {
                return false;
            }

            text = text[..plus];
        }

        var prerelease = "";
        var hyphen = text.IndexOf('-');
        if (hyphen >= 0)
        {
            if (!AreIdentifiers(text[(hyphen + 1)..], leadingZeros: false))
            {
                return false;
            }

            prerelease = text[(hyphen + 1)..].ToString();
            text = text[..hyphen];
        }

        Span<long> numbers = stackalloc long[3];
        var parts = 0;
        var given = 0;
        foreach (var part in text.Split('.'))
        {
            var number = text[part];
            if (parts++ == 3)
            {
                return false;
            }

            if (number is "x" or "X" or "*")
            {
                continue;
            }

            // A number after a placeholder would stand for nothing.
            if (given != parts - 1 || number.Length > MaxDigits || !IsNumber(number))
            {
                return false;
            }

            numbers[given] = long.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture);            given++;
        }

        if ((prerelease.Length > 0 || plus >= 0) && given < 3)
        {
            return false;
        }

        version = new PartialVersion(new SemanticVersion(numbers[0], numbers[1], numbers[2], prerelease), given);
        return true;
    }

    private static bool AreIdentifiers(ReadOnlySpan<char> text, bool leadingZeros)
    {
        foreach (var range in text.Split('.'))
        {
            var identifier = text[range];
            if (identifier.IsEmpty)
            {
                return false;
            }

            foreach (var c in identifier)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                {
                    return false;
                }
            }

            if (!leadingZeros && !identifier.ContainsAnyExceptInRange('0', '9') && !IsNumber(identifier))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsNumber(ReadOnlySpan<char> digits) =>
        digits.Length > 0 && (digits[0] != '0' || digits.Length == 1) && !digits.ContainsAnyExceptInRange('0', '9');
}
