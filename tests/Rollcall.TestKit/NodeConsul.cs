namespace Rollcall.TestKit;

/// <summary>Node with npm's <c>consul</c>, a foreign client of Consul's API.</summary>
public static class NodeConsul
{
    private static readonly Lazy<string?> s_missing = new(
        () => Directory.Exists(Path.Combine(ModulesPath, "consul")) && Tool.Succeeds("node", "--version")
            ? null
            : Tool.Missing("Node's consul", "node-consul"));

    /// <summary>Where the packages lie; goes into <c>NODE_PATH</c>.</summary>
    public static string ModulesPath => RepositoryRoot.Combine(".tools", "node-consul", "node_modules");

    /// <summary>Why it cannot be used; null when it can.</summary>
    public static string? MissingReason => s_missing.Value;
}
