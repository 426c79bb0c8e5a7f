using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Rollcall.Agent.Http;

/// <summary>
/// Regular expressions that clients send. Matched without backtracking, as in Go, so that no expression takes more than linear time.
/// </summary>
internal static class GoRegex
{
    /// <summary>Reads an expression. The fault is in Go's words where they are the same sort of fault there.</summary>
    public static bool TryParse(string pattern, [NotNullWhen(true)] out Regex? regex, out string error)
    {
        regex = null;
        error = "";
        try
        {
            // Groups have names in Go's own form.
            regex = new Regex(pattern.Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return true;
        }
        catch (RegexParseException exception)
        {
            error = $"error parsing regexp: {Describe(pattern, exception)}";
        }
        catch (NotSupportedException)
        {
            error = $"error parsing regexp: invalid or unsupported Perl syntax: `{pattern}`";
        }

        return false;
    }

    private static string Describe(string pattern, RegexParseException exception) => exception.Error switch
    {
        RegexParseError.InsufficientClosingParentheses => $"missing closing ): `{pattern}`",
        RegexParseError.InsufficientOpeningParentheses => $"unexpected ): `{pattern}`",
        RegexParseError.UnterminatedBracket => $"missing closing ]: `{pattern[Math.Max(0, pattern.LastIndexOf('['))..]}`",
        RegexParseError.QuantifierAfterNothing => $"missing argument to repetition operator: `{At(pattern, exception.Offset - 1, 1)}`",
        RegexParseError.NestedQuantifiersNotParenthesized => $"invalid nested repetition operator: `{At(pattern, exception.Offset - 2, 2)}`",
        RegexParseError.ReversedQuantifierRange => $"invalid repeat count: `{Braces(pattern, exception.Offset)}`",
        RegexParseError.ReversedCharacterRange => $"invalid character class range: `{At(pattern, exception.Offset - 3, 3)}`",
        RegexParseError.UnescapedEndingBackslash => "trailing backslash at end of expression: ``",
        RegexParseError.UnrecognizedEscape => $"invalid escape sequence: `{At(pattern, exception.Offset - 2, 2)}`",
        _ => $"invalid or unsupported Perl syntax: `{pattern}`",
    };

    private static string At(string pattern, int start, int length)
    {
        start = Math.Clamp(start, 0, pattern.Length);
        return pattern.Substring(start, Math.Min(length, pattern.Length - start));
    }

    private static string Braces(string pattern, int end)
    {
        var start = pattern.LastIndexOf('{', Math.Clamp(end - 1, 0, pattern.Length - 1));
        return start < 0 ? pattern : pattern[start..Math.Min(end, pattern.Length)];
    }
}
