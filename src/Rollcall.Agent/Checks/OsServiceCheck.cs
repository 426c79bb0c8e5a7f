using System.ComponentModel;
using System.Diagnostics;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Whether systemd says that a unit is active.</summary>
internal sealed class OsServiceCheck : IProbe
{
    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("systemctl", ["is-active", "--", spec.Target]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var state = (await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false)).Trim();
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return process.ExitCode == 0
                ? new ProbeResult(CheckStatus.Passing, $"Service \"{spec.Target}\" is healthy")
                : new ProbeResult(CheckStatus.Critical, $"Service \"{spec.Target}\" is {(state.Length > 0 ? state : "not known to systemd")}");
        }
        catch (Win32Exception e)
        {
            return new ProbeResult(CheckStatus.Critical, $"systemctl could not be started, and without it an os_service check can't be made: {e.Message}");
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => $"systemctl did not answer in time for \"{spec.Target}\"";
}
