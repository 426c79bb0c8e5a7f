using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;

namespace Rollcall.Agent.Go;

/// <summary>
/// Escapes strings as Go's encoder does: quotes, backslash, control characters, <c>&lt; &gt; &amp;</c>, U+2028 and U+2029.
/// </summary>
internal sealed class GoJsonEncoder : JavaScriptEncoder
{
    public static readonly GoJsonEncoder Instance = new();

    private static readonly SearchValues<char> s_escaped =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (char)c), '"', '\\', '<', '>', '&', '\u2028', '\u2029']);

    // Anything above ASCII is looked at more closely; plain text, nearly all there is, passes at vector speed.
    private static readonly SearchValues<byte> s_suspect =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x80, 0x80)).Select(b => (byte)b), .. "\"\\<>&"u8]);

    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var span = new ReadOnlySpan<char>(text, textLength);
        var at = span.IndexOfAny(s_escaped);
        var surrogate = span.IndexOfAnyInRange('\uD800', '\uDFFF');
        return at < 0 || surrogate < 0 ? Math.Max(at, surrogate) : Math.Min(at, surrogate);
    }

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text)
    {
        var at = utf8Text.IndexOfAny(s_suspect);
        return at < 0 || utf8Text[at] < 0x80 ? at : base.FindFirstCharacterToEncodeUtf8(utf8Text);
    }

    public override bool WillEncode(int unicodeScalar) =>
        unicodeScalar is < 0x20 or '"' or '\\' or '<' or '>' or '&' or 0x2028 or 0x2029;

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var output = new Span<char>(buffer, bufferLength);
        if (!WillEncode(unicodeScalar))
        {
            // Only surrogate pairs that stopped the search get here.
            return new Rune(unicodeScalar).TryEncodeToUtf16(output, out numberOfCharactersWritten);
        }

        var text = unicodeScalar switch
        {
            '"' => "\\\"",
            '\\' => @"\\",
            '\n' => @"\n",
            '\r' => @"\r",
            '\t' => @"\t",
            _ => $"\\u{unicodeScalar:x4}",
        };
        numberOfCharactersWritten = text.Length;
        return text.TryCopyTo(output);
    }
}
