using System.Globalization;
using Rollcall.Cli.Output;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>What happened in a run: the last few for the table, and every one as a line where there is no table. Safe from many threads.</summary>
/// <param name="time">Events carry the time since this object was made.</param>
/// <param name="lines">Where each event is written at once; null writes none.</param>
internal sealed class DemoEvents(TimeProvider time, TextWriter? lines)
{
    private const int Kept = 8;
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly Queue<string> _last = new(); // under _lock

    /// <summary>The newest last.</summary>
    public IReadOnlyList<string> Last
    {
        get
        {
            lock (_lock)
            {
                return [.. _last];
            }
        }
    }

    public async Task AddAsync(string text)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{time.GetElapsedTime(_start).TotalSeconds,6:0.0} s  {PeerText.OneLine(text)}");
        lock (_lock)
        {
            _last.Enqueue(line);
            if (_last.Count > Kept)
            {
                _last.Dequeue();
            }
        }

        if (lines is not null)
        {
            await lines.WriteLineAsync(line);
        }
    }
}
