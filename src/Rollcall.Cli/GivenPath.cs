namespace Rollcall.Cli;

/// <summary>Names of files as the command line gives them.</summary>
internal static class GivenPath
{
    /// <summary>The name, which is not empty: that is what a variable of the shell leaves that is not set, and no file is called so.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="option">The option or argument that gave it.</param>
    /// <exception cref="CommandFailure">It is empty.</exception>
    public static string Check(string given, string option) =>
        given.Length > 0 ? given : throw new CommandFailure($"{option} is empty: give a path. Perhaps a variable of the shell is not set.", ExitCode.Usage);
}
