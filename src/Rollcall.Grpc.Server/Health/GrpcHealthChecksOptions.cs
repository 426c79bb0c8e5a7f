namespace Rollcall.Grpc.Server.Health;

/// <summary>Which health checks decide the status of which service. Read when a caller asks; set it up before the application starts.</summary>
public sealed class GrpcHealthChecksOptions
{
    /// <summary>Services whose status only some of the health checks decide. All of them decide that of the server and of every other service.</summary>
    /// <value>Default empty.</value>
    public GrpcHealthMappings Services { get; } = new();
}
