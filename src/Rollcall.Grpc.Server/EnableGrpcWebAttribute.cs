namespace Rollcall.Grpc.Server;

/// <summary>On a service or a method: it answers gRPC-Web, whatever <see cref="GrpcServiceOptions.EnableGrpcWeb"/> says.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class EnableGrpcWebAttribute : Attribute, IGrpcWebEnabledMetadata
{
    /// <inheritdoc />
    public bool GrpcWebEnabled => true;
}
