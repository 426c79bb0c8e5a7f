using System.Buffers;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Go;

/// <summary>Durations in text, with Go's words for what is wrong with them.</summary>
internal static class GoDurationText
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789");
    private static readonly SearchValues<char> s_number = SearchValues.Create("0123456789.");

    public static bool TryParse(string text, out TimeSpan value, out string error)
    {
        var ok = TryParseNanoseconds(text, out var nanoseconds, out error);
        value = GoDuration.FromNanoseconds(nanoseconds);
        return ok;
    }

    /// <summary>The same at Go's resolution.</summary>
    public static bool TryParseNanoseconds(string text, out long nanoseconds, out string error)
    {
        var ok = GoDuration.TryParseNanoseconds(text, out nanoseconds);
        error = ok ? "" : Describe(text);
        return ok;
    }

    private static string Describe(string text)
    {
        var rest = text.AsSpan();
        if (rest.Length > 0 && rest[0] is '-' or '+')
        {
            rest = rest[1..];
        }

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(s_digits);
            digits = digits < 0 ? rest.Length : digits;
            var after = rest[digits..];
            var point = after.StartsWith(".");
            if (point)
            {
                after = after[1..];
                var fraction = after.IndexOfAnyExcept(s_digits);
                fraction = fraction < 0 ? after.Length : fraction;
                digits += fraction;
                after = after[fraction..];
            }

            if (digits == 0)
            {
                break;
            }

            var end = after.IndexOfAny(s_number);
            var unit = end < 0 ? after : after[..end];
            if (unit.IsEmpty)
            {
                return $"time: missing unit in duration \"{text}\"";
            }

            if (!GoDuration.TryParse($"1{unit}", out _))
            {
                return $"time: unknown unit \"{unit}\" in duration \"{text}\"";
            }

            rest = after[unit.Length..];
        }

        return $"time: invalid duration \"{text}\"";
    }
}
