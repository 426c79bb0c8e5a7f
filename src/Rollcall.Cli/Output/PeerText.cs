namespace Rollcall.Cli.Output;

/// <summary>Text that another program sent.</summary>
internal static class PeerText
{
    /// <summary>The text, of as many lines as it has, without what would steer the terminal.</summary>
    public static string Printable(string text) =>
        text.Any(IsSteering) ? string.Concat(text.Select((c, i) => IsSteering(c) && !EndsLine(text, i) ? '\uFFFD' : c)) : text;

    /// <summary>The same on one line, so that nothing in it looks like a line of its own, or like another column.</summary>
    public static string OneLine(string text) =>
        text.Any(char.IsControl) ? Printable(text.ReplaceLineEndings(" ").Replace('\t', ' ')) : text;

    /// <summary>As Windows writes it. A carriage return anywhere else would have the rest of the line written over its beginning.</summary>
    private static bool EndsLine(string text, int at) => text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n';

    private static bool IsSteering(char c) => char.IsControl(c) && c is not ('\n' or '\t');
}
