namespace Rollcall.TestKit;

/// <summary>grpc-go, a foreign gRPC peer: the program that the installer compiled.</summary>
public static class GoGrpc
{
    private static readonly Lazy<string?> s_missing = new(() => File.Exists(Program) ? null : Tool.Missing("grpc-go", "go-grpc"));

    /// <summary>Path of the program, client and server.</summary>
    public static string Program => RepositoryRoot.Combine(".tools", "go", "peer");

    /// <summary>Why it cannot be used; null when it can.</summary>
    public static string? MissingReason => s_missing.Value;
}
