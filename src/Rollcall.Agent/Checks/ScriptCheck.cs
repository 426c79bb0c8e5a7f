using System.ComponentModel;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Runs a program, without a shell. A program that takes too long is killed with what it started.</summary>
internal sealed class ScriptCheck : IProbe
{
    // Of errno, and the first also of Windows.
    private const int NoSuchFile = 2;
    private const int NotAProgram = 8;
    private const int NotAllowed = 13;

    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        var program = spec.Arguments[0];
        var (output, error) = (new OutputTail(spec.OutputMaxSize), new OutputTail(spec.OutputMaxSize));
        try
        {
            var code = await ProbeProgram.RunAsync(program, spec.Arguments.Skip(1), output, error, cancellationToken).ConfigureAwait(false);
            output.Append(error);
            var status = code switch { 0 => CheckStatus.Passing, 1 => CheckStatus.Warning, _ => CheckStatus.Critical };
            return new ProbeResult(status, output.WithNote());
        }
        catch (OperationCanceledException)
        {
            output.Append(error);
            return new ProbeResult(CheckStatus.Critical, output.WithNote() is { Length: > 0 } said ? $"{TimeoutOutput(spec)}\n\n{said}" : TimeoutOutput(spec));
        }
        catch (Win32Exception e)
        {
            return new ProbeResult(CheckStatus.Critical, Describe(program, e));
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => $"Timed out ({GoDuration.Format(spec.Timeout)}) running check";

    // In Consul's words.
    private static string Describe(string program, Win32Exception exception) => exception.NativeErrorCode switch
    {
        NoSuchFile when !program.Contains('/', StringComparison.Ordinal) => $"exec: \"{program}\": executable file not found in $PATH",
        NoSuchFile => $"fork/exec {program}: no such file or directory",
        NotAProgram => $"fork/exec {program}: exec format error",
        NotAllowed => $"fork/exec {program}: permission denied",
        _ => $"fork/exec {program}: {exception.Message}",
    };
}
