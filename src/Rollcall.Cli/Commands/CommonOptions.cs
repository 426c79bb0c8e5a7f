using System.CommandLine;

namespace Rollcall.Cli.Commands;

/// <summary>Options that several commands spell the same way.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print JSON." };
}
