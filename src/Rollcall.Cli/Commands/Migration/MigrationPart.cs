namespace Rollcall.Cli.Commands.Migration;

/// <summary>What can be carried, by the names of <c>--only</c>.</summary>
internal static class MigrationPart
{
    public const string Kv = "kv";
    public const string Nodes = "nodes";
    public const string Config = "config";
    public const string Queries = "queries";

    /// <summary>Only if it is asked for: it brings secrets along.</summary>
    public const string Acl = "acl";

    /// <summary>What is carried if nothing is said.</summary>
    public static IReadOnlyList<string> Usual { get; } = [Kv, Nodes, Config, Queries];
}
