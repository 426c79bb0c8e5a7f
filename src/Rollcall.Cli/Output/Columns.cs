namespace Rollcall.Cli.Output;

/// <summary>
/// Text in columns, two blanks apart, as Consul's command prints it: the same on a terminal and in a pipe. A row is a line, whatever is in its cells.
/// </summary>
internal sealed class Columns(params string[] heads)
{
    private readonly List<string[]> _rows = [heads];

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(PeerText.OneLine)]);

    public async Task WriteAsync(TextWriter output)
    {
        var widths = new int[heads.Length];
        foreach (var row in _rows)
        {
            for (var i = 0; i < widths.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        foreach (var row in _rows)
        {
            var line = string.Concat(row.Select((cell, i) => i == row.Length - 1 ? cell : cell.PadRight(widths[i] + 2)));
            await output.WriteLineAsync(line.TrimEnd());
        }
    }
}
