namespace Rollcall.Cli;

/// <summary>Ends a command with a message for people that names the fix.</summary>
internal sealed class CommandFailure(string message, int exitCode = ExitCode.Failure, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode => exitCode;
}
