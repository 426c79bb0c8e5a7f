using System.Diagnostics;

namespace Rollcall.Agent.Checks;

/// <summary>A program that a check runs, without a shell. One that takes too long is killed with what it started.</summary>
internal static class ProbeProgram
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>Its exit code, and the end of what it wrote.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">It can't be started.</exception>
    public static async Task<(int ExitCode, OutputTail Output, OutputTail Error)> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false },
        };
        process.Start();
        try
        {
            // Both: a pipe that nobody reads would hold it up.
            var (output, error) = (new OutputTail(), new OutputTail());
            await Task.WhenAll(output.ReadAsync(process.StandardOutput.BaseStream, cancellationToken), error.ReadAsync(process.StandardError.BaseStream, cancellationToken))
                .ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return (process.ExitCode, output, error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
