namespace Rollcall.Cli;

/// <summary>Ends a command with a message for people that names the fix.</summary>
internal sealed class CommandFailure(string message, int exitCode = ExitCode.Failure, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode => exitCode;

    /// <summary>A fault of what was given, without the parameter that it went to: nobody at a command line knows that one.</summary>
    public static CommandFailure Of(ArgumentException fault, int exitCode, string prefix = "")
    {
        var suffix = $" (Parameter '{fault.ParamName}')";
        var message = fault.Message.EndsWith(suffix, StringComparison.Ordinal) ? fault.Message[..^suffix.Length] : fault.Message;
        return new CommandFailure(prefix + message, exitCode, fault);
    }
}
