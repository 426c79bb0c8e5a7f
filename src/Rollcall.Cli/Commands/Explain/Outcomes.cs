namespace Rollcall.Cli.Commands.Explain;

/// <summary>How it stands, in a word.</summary>
internal static class Outcomes
{
    public const string Ok = "ok";
    public const string Degraded = "degraded";
    public const string None = "none";
    public const string Unknown = "unknown";
}
