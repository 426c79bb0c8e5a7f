using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;

namespace Rollcall.TestKit;

/// <summary>
/// A program started by a test. Disposing it kills it, and it never outlives the test process's orderly end. Thread safe.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_defaultTimeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>(); // bounded by what a test's program prints
    private readonly StringBuilder _output = new(); // guarded by _lock
    private readonly StringBuilder _error = new(); // guarded by _lock
    private readonly Lock _lock = new();
    private readonly Task _readers;
    private readonly string _name;
    private int _disposed;

    private ChildProcess(Process process, string name)
    {
        _process = process;
        _name = name;
        ProcessId = process.Id;
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
        _readers = Task.WhenAll(ReadAsync(process.StandardOutput, _output, _lines.Writer), ReadAsync(process.StandardError, _error, null));
    }

    /// <summary>The operating system's number for it.</summary>
    public int ProcessId { get; }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its standard input; closing it tells well-behaved peers to end.</summary>
    public StreamWriter Input => _process.StandardInput;

    /// <summary>What it wrote to standard output so far.</summary>
    public string Output => Read(_output);

    /// <summary>What it wrote to standard error so far.</summary>
    public string Error => Read(_error);

    /// <summary>Starts a program.</summary>
    /// <param name="file">Path, or a name searched in PATH.</param>
    /// <param name="arguments">Passed as they are; no shell.</param>
    /// <param name="environment">Added to this process's environment; null removes a variable.</param>
    /// <param name="workingDirectory">Default: this process's.</param>
    public static ChildProcess Start(
        string file,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingDirectory = null)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        return new ChildProcess(process, Path.GetFileName(file));
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="file">Path, or a name searched in PATH.</param>
    /// <param name="arguments">Passed as they are; no shell.</param>
    /// <param name="environment">Added to this process's environment; null removes a variable.</param>
    /// <param name="input">Written to its standard input, which is then closed.</param>
    /// <param name="timeout">Default 30 seconds; then it is killed.</param>
    /// <param name="caller">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">It did not end in time; the message has what it printed.</exception>
    public static async Task<ProcessOutput> RunAsync(
        string file,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string input = "",
        TimeSpan? timeout = null,
        [CallerFilePath] string caller = "",
        [CallerLineNumber] int line = 0)
    {
        await using var child = Start(file, arguments, environment);
        try
        {
            await child.Input.WriteAsync(input);
            child.Input.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input.
        }

        var exitCode = await child.WaitForExitAsync(timeout, caller, line);
        return new ProcessOutput(exitCode, child.Output, child.Error);
    }

    /// <summary>Takes lines from standard output until one satisfies <paramref name="match"/>, and gives that.</summary>
    /// <param name="match">Default: the next line, whatever it is.</param>
    /// <param name="timeout">Default 30 seconds.</param>
    /// <param name="caller">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">No such line in time.</exception>
    /// <exception cref="InvalidOperationException">It ended before it printed such a line.</exception>
    public async Task<string> ReadLineAsync(
        Predicate<string>? match = null, TimeSpan? timeout = null, [CallerFilePath] string caller = "", [CallerLineNumber] int line = 0)
    {
        using var limit = new CancellationTokenSource(timeout ?? s_defaultTimeout, TimeProvider.System);
        try
        {
            await foreach (var text in _lines.Reader.ReadAllAsync(limit.Token))
            {
                if (match is null || match(text))
                {
                    return text;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(Describe("did not print the expected line in time", caller, line));
        }

        throw new InvalidOperationException(Describe("ended without printing the expected line", caller, line));
    }

    /// <summary>Waits for its end and gives its exit code. Output is complete afterwards.</summary>
    /// <param name="timeout">Default 30 seconds.</param>
    /// <param name="caller">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan? timeout = null, [CallerFilePath] string caller = "", [CallerLineNumber] int line = 0)
    {
        using var limit = new CancellationTokenSource(timeout ?? s_defaultTimeout, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            await _readers.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(Describe("did not end in time", caller, line));
        }

        return _process.ExitCode;
    }

    /// <summary>Kills it (SIGKILL) and waits until it is gone. Harmless when it has ended.</summary>
    public async Task KillAsync()
    {
        KillTree();
        await _process.WaitForExitAsync().WithinAsync();
    }

    /// <summary>Sends a signal by name, such as <c>TERM</c>, <c>STOP</c> or <c>CONT</c>.</summary>
    public async Task SignalAsync(string name)
    {
        // The shell's own: small machines have no program of that name.
        var sent = await RunAsync("sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{name} {ProcessId}")]);
        if (sent.ExitCode != 0)
        {
            throw new InvalidOperationException($"kill -{name} {ProcessId}: {sent.Error}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        await KillAsync();
        // A grandchild that keeps the pipe open would hold the readers for ever: closing the process ends them.
        await _readers.WaitAsync(TimeSpan.FromSeconds(2), TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Dispose();
    }

    private void KillAtExit(object? sender, EventArgs e) => KillTree();

    private void KillTree()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    private async Task ReadAsync(StreamReader reader, StringBuilder kept, ChannelWriter<string>? lines)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } text)
            {
                lock (_lock)
                {
                    _ = kept.AppendLine(text);
                }

                _ = lines?.TryWrite(text);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Killed in the middle of a line.
        }
        finally
        {
            lines?.Complete();
        }
    }

    private string Read(StringBuilder kept)
    {
        lock (_lock)
        {
            return kept.ToString();
        }
    }

    private string Describe(string what, string caller, int line) =>
        $"{Path.GetFileName(caller)}:{line}: {_name} {what}.\n--- output\n{Output}--- error\n{Error}";
}
