using System.ComponentModel;
using System.Diagnostics;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Whether systemd says that a unit is active.</summary>
/// <param name="program">What says it.</param>
internal sealed class OsServiceCheck(string program = "systemctl") : IProbe
{
    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(program, ["is-active", "--", spec.Target]) { RedirectStandardOutput = true, RedirectStandardError = true } };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new ProbeResult(CheckStatus.Critical, $"systemctl could not be started, and without it an os_service check can't be made: {e.Message}");
        }

        try
        {
            // Both: a pipe that nobody reads would hold it up.
            var told = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken)).ConfigureAwait(false);
            var state = told[0].Trim();
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return process.ExitCode == 0
                ? new ProbeResult(CheckStatus.Passing, $"Service \"{spec.Target}\" is healthy")
                : new ProbeResult(CheckStatus.Critical, $"Service \"{spec.Target}\" is {(state.Length > 0 ? state : "not known to systemd")}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => $"systemctl did not answer in time for \"{spec.Target}\"";
}
