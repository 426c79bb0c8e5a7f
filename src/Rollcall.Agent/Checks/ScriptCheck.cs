using System.ComponentModel;
using System.Diagnostics;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Runs a program, without a shell. A program that takes too long is killed with what it started.</summary>
internal sealed class ScriptCheck : IProbe
{
    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(spec.Arguments[0], spec.Arguments.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new ProbeResult(CheckStatus.Critical, $"{spec.Arguments[0]} could not be started: {e.Message}");
        }

        try
        {
            var (output, error) = (new OutputTail(), new OutputTail());
            await Task.WhenAll(output.ReadAsync(process.StandardOutput.BaseStream, cancellationToken), error.ReadAsync(process.StandardError.BaseStream, cancellationToken))
                .ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            var status = process.ExitCode switch { 0 => CheckStatus.Passing, 1 => CheckStatus.Warning, _ => CheckStatus.Critical };
            return new ProbeResult(status, OutputTail.Cap($"{output}{error}"));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => $"Timed out ({GoDuration.Format(spec.Timeout)}) running check";
}
