namespace Rollcall.Cli.Output;

/// <summary>Text that another program sent.</summary>
internal static class PeerText
{
    /// <summary>The text without what would steer the terminal.</summary>
    public static string Printable(string text) =>
        text.Any(IsSteering) ? string.Concat(text.Select(static c => IsSteering(c) ? '\uFFFD' : c)) : text;

    private static bool IsSteering(char c) => char.IsControl(c) && c is not ('\n' or '\t');
}
