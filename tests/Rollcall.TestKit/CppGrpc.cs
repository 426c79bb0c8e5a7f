namespace Rollcall.TestKit;

/// <summary>gRPC C++, a foreign gRPC peer: the programs that the installer compiled.</summary>
public static class CppGrpc
{
    private static readonly Lazy<string?> s_missing = new(
        () => File.Exists(Client) && File.Exists(Server) ? null : Tool.Missing("gRPC C++", "cpp-grpc"));

    /// <summary>Path of the client.</summary>
    public static string Client => RepositoryRoot.Combine(".tools", "cpp", "client");

    /// <summary>Path of the server.</summary>
    public static string Server => RepositoryRoot.Combine(".tools", "cpp", "server");

    /// <summary>Why it cannot be used; null when it can.</summary>
    public static string? MissingReason => s_missing.Value;
}
