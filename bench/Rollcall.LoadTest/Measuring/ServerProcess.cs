using System.Diagnostics;
using System.Globalization;

namespace Rollcall.LoadTest.Measuring;

/// <summary>
/// Something under load in a process of its own, so that its CPU time can be read apart from the load's.
/// It ends with its standard input, so that it never outlives a load test that was killed.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static ServerProcess Start(string file, params IEnumerable<string> arguments) => Start(file, null, arguments);

    /// <summary>This program again, with other arguments.</summary>
    public static ServerProcess StartSelf(params IEnumerable<string> arguments) => StartSelf(null, arguments);

    /// <summary>This program again, with other arguments.</summary>
    /// <param name="environment">Further variables of its environment; null: none.</param>
    /// <param name="arguments">What it is to do.</param>
    public static ServerProcess StartSelf(IReadOnlyDictionary<string, string>? environment, IEnumerable<string> arguments)
    {
        var host = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(host) == "dotnet"
            ? Start(host, environment, [typeof(ServerProcess).Assembly.Location, .. arguments])
            : Start(host, environment, arguments);
    }

    private static ServerProcess Start(string file, IReadOnlyDictionary<string, string>? environment, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ServerProcess(Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start."));
    }

    /// <summary>
    /// How long its threads ran so far, and how long they were ready to run and got no processor: of the threads that there are, added up. Zero where the system
    /// does not say.
    /// </summary>
    public (TimeSpan Ran, TimeSpan WaitedToRun) Scheduling
    {
        get
        {
            var (ran, waited) = (0L, 0L);
            try
            {
                foreach (var task in Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{Id}/task")))
                {
                    var fields = File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ');
                    ran += long.Parse(fields[0], CultureInfo.InvariantCulture);
                    waited += long.Parse(fields[1], CultureInfo.InvariantCulture);
                }
            }
            catch (IOException)
            {
                // A thread or the process has ended meanwhile, or this is no Linux.
            }

            return (TimeSpan.FromMicroseconds(ran / 1000d), TimeSpan.FromMicroseconds(waited / 1000d));
        }
    }

    /// <summary>Reads the line in which the server tells where it listens.</summary>
    /// <param name="timeout">How long it may do nothing. While it runs or waits for a processor, it is waited for, up to ten times as long.</param>
    /// <exception cref="ServerEndedException">It ended instead.</exception>
    public async Task<string> ReadLineAsync(TimeSpan timeout)
    {
        var line = _process.StandardOutput.ReadLineAsync();
        var (ran, waited) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var tries = 1; ; tries++)
        {
            try
            {
                if (await line.WaitAsync(timeout) is { } told)
                {
                    return told;
                }

                break;
            }
            catch (TimeoutException)
            {
                var now = Scheduling;
                if (tries == 10 || now.Ran + now.WaitedToRun - ran - waited < timeout / 10)
                {
                    throw new TimeoutException(string.Create(
                        CultureInfo.InvariantCulture,
                        $"The server did not tell its address in {timeout.TotalSeconds * tries:0} s: it ran for {now.Ran.TotalSeconds:0.0} s and waited {now.WaitedToRun.TotalSeconds:0.0} s for a processor."));
                }

                (ran, waited) = now;
            }
        }

        await _process.WaitForExitAsync().WaitAsync(timeout);
        throw new ServerEndedException(_process.ExitCode);
    }

    /// <summary>Waits until it has ended by itself, and returns the last line that it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed, or printed nothing.</exception>
    public async Task<string> ReadLastLineAsync(CancellationToken cancel)
    {
        var output = await _process.StandardOutput.ReadToEndAsync(cancel);
        await _process.WaitForExitAsync(cancel);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return _process.ExitCode == 0 && lines.Length > 0
            ? lines[^1]
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The process ended with {_process.ExitCode}: {output}"));
    }

    /// <summary>Tells the server something.</summary>
    public void WriteLine(string line) => _process.StandardInput.WriteLine(line);

    /// <summary>Stops it in the middle of whatever it does, with its connections open (SIGSTOP).</summary>
    public void Pause() => Signal("STOP");

    /// <summary>Lets it go on where it was.</summary>
    public void Resume() => Signal("CONT");

    /// <summary>Nobody reads what a foreign server prints; a full pipe would stop it.</summary>
    public ServerProcess DiscardOutput()
    {
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        return this;
    }

    /// <summary>Lets the server end by itself, as at a shutdown.</summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(timeout);
    }

    /// <summary>Ends it at once, in the middle of whatever it does.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        if (kill.ExitCode != 0)
        {
            throw new InvalidOperationException($"Signal {name} could not be sent to process {_process.Id}.");
        }
    }
}
