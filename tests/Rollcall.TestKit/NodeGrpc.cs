namespace Rollcall.TestKit;

/// <summary>Node with @grpc/grpc-js, a foreign gRPC peer.</summary>
public static class NodeGrpc
{
    private static readonly Lazy<string?> s_missing = new(
        () => Directory.Exists(Path.Combine(ModulesPath, "@grpc", "grpc-js")) && Tool.Succeeds("node", "--version")
            ? null
            : Tool.Missing("Node's @grpc/grpc-js", "node-grpc"));

    /// <summary>Where the packages lie; goes into <c>NODE_PATH</c>.</summary>
    public static string ModulesPath => RepositoryRoot.Combine(".tools", "node", "node_modules");

    /// <summary>Why it cannot be used; null when it can.</summary>
    public static string? MissingReason => s_missing.Value;
}
