namespace Rollcall.Agent.Logs;

/// <summary>Makes text of others fit for a line of the log.</summary>
internal static class LogText
{
    private const int MaxLength = 200;

    /// <summary>The first line, without control characters, and not long.</summary>
    public static string FirstLine(string text)
    {
        var line = text.AsSpan().TrimStart();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];
        line = line.Length > MaxLength ? line[..MaxLength] : line;
        return WithoutControls(line);
    }

    /// <summary>All of it on one line: who gives a name with a line break in it writes no line of the log, and no terminal takes orders from it.</summary>
    public static string OneLine(string text) => text.AsSpan().ContainsAnyInRange('\0', '\x1f') || text.AsSpan().ContainsAnyInRange('\x7f', '\x9f') ? WithoutControls(text) : text;

    private static string WithoutControls(ReadOnlySpan<char> text) => string.Create(text.Length, text, static (to, from) =>
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = char.IsControl(from[i]) ? ' ' : from[i];
        }
    });
}
