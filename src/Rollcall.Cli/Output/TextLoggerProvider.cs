using Microsoft.Extensions.Logging;

namespace Rollcall.Cli.Output;

/// <summary>
/// Writes log lines to the command's output, in the form that Consul's agent uses. Lines are held until <see cref="Release"/>, so that they come
/// after the banner. Safe for use by many threads.
/// </summary>
/// <param name="terminal">The command's output.</param>
/// <param name="level">The lowest level that is written, to begin with.</param>
internal sealed class TextLoggerProvider(Terminal terminal, LogLevel level) : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _outputClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<string>? _held = []; // under _lock; null once released

    private volatile LogLevel _level = level;

    /// <summary>The lowest level that is written. May change at any time.</summary>
    public LogLevel Level
    {
        get => _level;
        set => _level = value;
    }

    /// <summary>Fails when nobody reads the output any more. Who logs is not told: it has other things to do.</summary>
    public Task OutputClosed => _outputClosed.Task;

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

        held.ForEach(WriteLine);
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

        WriteLine(line);
    }

    public void Dispose()
    {
        // The terminal is not ours.
    }

    private void WriteLine(string line)
    {
        try
        {
            terminal.Output.WriteLine(line);
        }
        catch (IOException failure) when (StandardOutput.IsBrokenPipe(failure))
        {
            _outputClosed.TrySetException(failure);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // A full disk may have room again, and who hung up a terminal did not end the agent: the line is lost, and nothing else.
        }
    }
}
