using System.ComponentModel;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Runs a program, without a shell. A program that takes too long is killed with what it started.</summary>
internal sealed class ScriptCheck : IProbe
{
    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            var (code, output, error) = await ProbeProgram.RunAsync(spec.Arguments[0], spec.Arguments.Skip(1), cancellationToken).ConfigureAwait(false);
            var status = code switch { 0 => CheckStatus.Passing, 1 => CheckStatus.Warning, _ => CheckStatus.Critical };
            return new ProbeResult(status, OutputTail.Cap($"{output}{error}"));
        }
        catch (Win32Exception e)
        {
            return new ProbeResult(CheckStatus.Critical, $"{spec.Arguments[0]} could not be started: {e.Message}");
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => $"Timed out ({GoDuration.Format(spec.Timeout)}) running check";
}
