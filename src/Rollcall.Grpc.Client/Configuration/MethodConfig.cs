namespace Rollcall.Grpc.Client.Configuration;

/// <summary>Settings for the methods that it names.</summary>
public sealed class MethodConfig
{
    /// <summary>What it applies to. <see cref="MethodName.Default"/> is every method that no other entry names.</summary>
    public IList<MethodName> Names { get; } = [];

    /// <summary>How calls are repeated. Null: only those that no server has seen go to another instance.</summary>
    public RetryPolicy? RetryPolicy { get; set; }
}
