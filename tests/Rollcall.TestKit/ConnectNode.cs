namespace Rollcall.TestKit;

/// <summary>Node with @connectrpc/connect-node, a foreign peer for gRPC, gRPC-Web and Connect.</summary>
public static class ConnectNode
{
    private static readonly Lazy<string?> s_missing = new(
        () => Directory.Exists(Path.Combine(ModulesPath, "@connectrpc", "connect-node")) && Tool.Succeeds("node", "--version")
            ? null
            : Tool.Missing("Node's @connectrpc/connect-node", "connect-node"));

    /// <summary>Where the packages lie; goes into <c>NODE_PATH</c>.</summary>
    public static string ModulesPath => RepositoryRoot.Combine(".tools", "connect", "node_modules");

    /// <summary>Why it cannot be used; null when it can.</summary>
    public static string? MissingReason => s_missing.Value;
}
