namespace Rollcall.Discovery.Selecting;

/// <summary>Keys of an instance's metadata that selecting has words of its own for.</summary>
public static class EndpointMetadata
{
    /// <summary>The instance's version, a semantic one: <c>1.4.2</c>, <c>2.0.0-rc.1</c>.</summary>
    public const string Version = "version";

    /// <summary>The environment it belongs to: <c>prod</c>, <c>staging</c>.</summary>
    public const string Environment = "env";

    /// <summary>What it speaks: <c>grpc</c>, <c>http</c>.</summary>
    public const string Protocol = "protocol";
}
