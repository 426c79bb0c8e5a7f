namespace Rollcall.TestKit;

/// <summary>grpc-dotnet, a foreign gRPC peer: the program that the installer built.</summary>
public static class DotnetGrpc
{
    private static readonly Lazy<string?> s_missing = new(() => File.Exists(Assembly) ? null : Tool.Missing("grpc-dotnet", "dotnet-grpc"));

    /// <summary>Path of the program, for <c>dotnet</c>.</summary>
    public static string Assembly => RepositoryRoot.Combine(".tools", "dotnet", "GrpcDotnetPeer.dll");

    /// <summary>Why it cannot be used; null when it can.</summary>
    public static string? MissingReason => s_missing.Value;
}
