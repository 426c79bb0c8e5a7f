namespace Rollcall.Grpc;

/// <summary>Outcome of decompressing one message.</summary>
public enum GrpcDecompressionResult
{
    /// <summary>The message was decompressed.</summary>
    Decompressed,

    /// <summary>It grows beyond the limit. Answer with ResourceExhausted.</summary>
    TooLarge,

    /// <summary>It is not what its encoding says. Answer with Internal.</summary>
    Malformed,
}
