namespace Rollcall.TestKit;

/// <summary>Python with grpcio, a foreign gRPC peer.</summary>
public static class PythonGrpc
{
    /// <summary>The interpreter that Debian's package belongs to.</summary>
    public const string Interpreter = "/usr/bin/python3";

    private static readonly Lazy<string?> s_missing = new(
        () => Tool.Succeeds(Interpreter, "-c", "import grpc, google.protobuf") ? null : Tool.Missing("Python's grpcio", "python-grpc"));

    /// <summary>Why it cannot be used; null when it can.</summary>
    public static string? MissingReason => s_missing.Value;
}
