using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Rollcall.Agent.Go;

/// <summary>Base64 by Go's rules.</summary>
internal static class GoBase64
{
    private static readonly SearchValues<char> s_digits =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    /// <summary>What is wrong with a text, in Go's words; null: nothing.</summary>
    public static string? Fault(string text) => TryDecode(text, out _, out var error) ? null : error;

    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes, out string error)
    {
        if (FindFault(text) is { } fault)
        {
            (bytes, error) = (null, $"illegal base64 data at input byte {fault}");
            return false;
        }

        // Go passes over line breaks only; .NET does so, too.
        (bytes, error) = (Convert.FromBase64String(text), "");
        return true;
    }

    // Where Go says that it is: for a group that ends early its start, counted back by its digits alone; for padding that is not whole the first of it.
    private static int? FindFault(string text)
    {
        for (int at = 0, digits = 0; ; digits %= 4)
        {
            if (at == text.Length)
            {
                return digits == 0 ? null : at - digits;
            }

            var next = text[at++];
            if (s_digits.Contains(next))
            {
                digits++;
            }
            else if (next == '=' && digits >= 2)
            {
                return FindFaultInPadding(text, at, digits);
            }
            else if (next is not ('\r' or '\n'))
            {
                return at - 1;
            }
        }
    }

    // Behind the first of the padding.
    private static int? FindFaultInPadding(string text, int at, int digits)
    {
        if (digits == 2)
        {
            at = SkipLineBreaks(text, at);
            if (at == text.Length)
            {
                return at;
            }

            if (text[at++] != '=')
            {
                return at - 2;
            }
        }

        at = SkipLineBreaks(text, at);
        return at == text.Length ? null : at;
    }

    private static int SkipLineBreaks(string text, int at)
    {
        var rest = text.AsSpan(at).IndexOfAnyExcept('\r', '\n');
        return rest < 0 ? text.Length : at + rest;
    }
}
