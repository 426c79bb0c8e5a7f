using System.Diagnostics;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>
/// One instance of the demo, a process of its own. It ends when its standard input does, so it cannot outlive this process however that ends.
/// </summary>
internal sealed class InstanceProcess : IAsyncDisposable
{
    private const int KeptErrorLines = 20;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<string> _errors = new(); // the last lines; under its own lock
    private readonly Task _readers;

    private InstanceProcess(string id, Process process, TimeProvider time)
    {
        Id = id;
        _process = process;
        _time = time;
        _readers = Task.WhenAll(ReadOutputAsync(), ReadErrorsAsync());
    }

    public string Id { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts an instance; it is not ready yet.</summary>
    public static InstanceProcess Start(string id, string tag, DemoRegistry registry, TimeProvider time)
    {
        var start = SelfProgram.Start([DemoInstanceCommand.Name, "--id", id, "--tag", tag]);
        registry.Describe(start.Environment);

        // Whatever this process was told about listening is not meant for each of its children.
        start.Environment.Remove("ASPNETCORE_URLS");
        start.Environment.Remove("ASPNETCORE_HTTP_PORTS");
        var process = Process.Start(start) ?? throw new CommandFailure($"{start.FileName} could not be started.");
        return new InstanceProcess(id, process, time);
    }

    /// <summary>Waits until it listens, and gives its address.</summary>
    public async Task<string> WaitReadyAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await _ready.Task.WaitAsync(timeout, _time, cancellationToken);
        }
        catch (TimeoutException failure)
        {
            throw new CommandFailure($"Instance {Id} did not start within {timeout.TotalSeconds:0} s. {Errors()}", ExitCode.Failure, failure);
        }
    }

    /// <summary>SIGKILL: it has no chance to say goodbye to anybody.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    /// <summary>Asks it to leave in order, and kills it if it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It was killed.
        }

        using var patience = new CancellationTokenSource(s_patience, _time);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        await _readers;
        _process.Dispose();
    }

    private async Task ReadOutputAsync()
    {
        while (await ReadLineAsync(_process.StandardOutput) is { } line)
        {
            if (line.StartsWith(DemoInstanceCommand.ReadyPrefix, StringComparison.Ordinal))
            {
                _ready.TrySetResult(line[DemoInstanceCommand.ReadyPrefix.Length..]);
            }
        }

        if (_ready.TrySetException(new CommandFailure($"Instance {Id} ended before it was ready. {Errors()}")))
        {
            // Nobody may be waiting any more.
            _ = _ready.Task.Exception;
        }
    }

    private async Task ReadErrorsAsync()
    {
        while (await ReadLineAsync(_process.StandardError) is { } line)
        {
            lock (_errors)
            {
                _errors.Enqueue(line);
                if (_errors.Count > KeptErrorLines)
                {
                    _errors.Dequeue();
                }
            }
        }
    }

    private static async Task<string?> ReadLineAsync(StreamReader reader)
    {
        try
        {
            return await reader.ReadLineAsync();
        }
        catch (IOException)
        {
            return null; // killed in the middle of a line
        }
    }

    private string Errors()
    {
        lock (_errors)
        {
            return _errors.Count == 0 ? "It said nothing." : $"Its last words:{Environment.NewLine}{string.Join(Environment.NewLine, _errors)}";
        }
    }
}
