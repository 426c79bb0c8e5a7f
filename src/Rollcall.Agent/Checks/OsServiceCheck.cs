using System.ComponentModel;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Whether systemd says that a unit is active.</summary>
/// <param name="program">What says it.</param>
internal sealed class OsServiceCheck(string program = "systemctl") : IProbe
{
    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            var output = new OutputTail();
            var code = await ProbeProgram.RunAsync(program, ["is-active", "--", spec.Target], output, new OutputTail(), cancellationToken).ConfigureAwait(false);
            var state = output.ToString().Trim();
            return code == 0
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
