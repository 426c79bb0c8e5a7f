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
        return string.Create(line.Length, line, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++)
            {
                to[i] = char.IsControl(from[i]) ? ' ' : from[i];
            }
        });
    }
}
