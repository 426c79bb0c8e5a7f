using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Rollcall.Agent.Checks;

/// <summary>A program that a check runs, without a shell. One that takes too long is killed with what it started.</summary>
internal static partial class ProbeProgram
{
    private const int KillSignal = 9;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    // Starts a program in a session of its own, so that whatever it starts can be found when it has ended itself. A process can be moved only before it has
    // become another program, and .NET has no way to do it then. Null: not on this machine.
    private static readonly string? s_session = OperatingSystem.IsLinux() ? Find("setsid") : null;

    /// <summary>Runs it to its end, and to that of all that holds its output.</summary>
    /// <param name="program">Its name or path.</param>
    /// <param name="arguments">What it gets.</param>
    /// <param name="output">Gets what it wrote, also when the time is over.</param>
    /// <param name="error">The same of its errors.</param>
    /// <param name="cancellationToken">Its time is over.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">It can't be started.</exception>
    public static async Task<int> RunAsync(string program, IEnumerable<string> arguments, OutputTail output, OutputTail error, CancellationToken cancellationToken)
    {
        // What can't be started is started without it, for the reason that is told then.
        var session = OperatingSystem.IsLinux() && Find(program) is { } path && IsProgram(path) ? s_session : null;
        using var process = new Process
        {
            StartInfo = session is null ? new ProcessStartInfo(program, arguments) : new ProcessStartInfo(session, ["--", program, .. arguments]),
        };
        (process.StartInfo.RedirectStandardOutput, process.StartInfo.RedirectStandardError, process.StartInfo.UseShellExecute) = (true, true, false);
        process.Start();
        try
        {
            // Both: a pipe that nobody reads would hold it up.
            await Task.WhenAll(output.ReadAsync(process.StandardOutput.BaseStream, cancellationToken), error.ReadAsync(process.StandardError.BaseStream, cancellationToken))
                .ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return process.ExitCode;
        }
        catch
        {
            End(process, isSession: session is not null);
            throw;
        }
    }

    // What a program that came to its end left in the background, with another output, goes on, as in Consul.
    private static void End(Process process, bool isSession)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        if (isSession)
        {
            // The group outlives the process that it is named by for as long as anybody is in it. Nobody there is no fault.
            _ = Signal(-process.Id, KillSignal);
        }
    }

    /// <summary>Where a program is that can be run; null: nowhere.</summary>
    [SupportedOSPlatform("linux")]
    private static string? Find(string program)
    {
        var paths = program.Contains('/', StringComparison.Ordinal)
            ? [program]
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, program));
        return paths.FirstOrDefault(static path => File.Exists(path) && (File.GetUnixFileMode(path) & Executable) != 0);
    }

    // By its first bytes, as the system does: text without a first line that says what it is for, setsid would give to a shell.
    private static bool IsProgram(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            Span<byte> start = stackalloc byte[4];
            start = start[..RandomAccess.Read(file, start, fileOffset: 0)];
            return start.StartsWith("#!"u8) || start.SequenceEqual("\u007FELF"u8);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
