namespace Rollcall.Cli;

/// <summary>Values that can't be empty: that is what a variable of the shell leaves that is not set, and something else would take its place without a word.</summary>
internal static class GivenValue
{
    /// <summary>The name of a file, which is not empty.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="option">The option or argument that gave it.</param>
    /// <exception cref="CommandFailure">It is empty.</exception>
    public static string Path(string given, string option) => Check(given, option, "give a path");

    /// <summary>Any value.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="option">The option or argument that gave it.</param>
    /// <param name="advice">What to do.</param>
    /// <exception cref="CommandFailure">It is empty.</exception>
    public static string Check(string given, string option, string advice) =>
        given.Length > 0 ? given : throw new CommandFailure($"{option} is empty: {advice}. Perhaps a variable of the shell is not set.", ExitCode.Usage);
}
