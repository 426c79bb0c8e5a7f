using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Rollcall.Agent.Go;

/// <summary>Base64 by Go's rules.</summary>
internal static class GoBase64
{
    private static readonly SearchValues<char> s_alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>What is wrong with a text, in Go's words; null: nothing.</summary>
    public static string? Fault(string text) => TryDecode(text, out _, out var error) ? null : error;

    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes, out string error)
    {
        // Go passes over line breaks only.
        text = text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        var fault = text.AsSpan().IndexOfAnyExcept(s_alphabet);
        if (fault < 0 && Convert.TryFromBase64String(text, buffer, out var length))
        {
            (bytes, error) = (buffer[..length], "");
            return true;
        }

        // Cut off within its padding, or within a group of four.
        fault = fault >= 0 ? fault : text.Contains('=', StringComparison.Ordinal) ? text.Length : text.Length - (text.Length % 4);
        (bytes, error) = (null, $"illegal base64 data at input byte {fault}");
        return false;
    }
}
