using Microsoft.Extensions.Logging;

namespace Rollcall.Cli.Output;

/// <summary>
/// Writes log lines to the command's output, in the form that Consul's agent uses. Lines are held until <see cref="Release"/>, so that they come
/// after the banner. Safe for use by many threads.
/// </summary>
internal sealed class TextLoggerProvider(Terminal terminal) : ILoggerProvider
{
    private readonly Lock _lock = new();
    private List<string>? _held = []; // under _lock; null once released

    public TimeProvider Time => terminal.Time;

    public ILogger CreateLogger(string categoryName) => new TextLogger(this, categoryName);

    /// <summary>Writes what was held, and everything from now on at once.</summary>
    public void Release()
    {
        List<string> held;
        lock (_lock)
        {
            held = _held ?? [];
            _held = null;
        }

        held.ForEach(terminal.Output.WriteLine);
    }

    public void Write(string line)
    {
        lock (_lock)
        {
            if (_held is { } held)
            {
                held.Add(line);
                return;
            }
        }

        terminal.Output.WriteLine(line);
    }

    public void Dispose()
    {
        // The terminal is not ours.
    }
}
