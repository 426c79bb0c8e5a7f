namespace Rollcall.Grpc.Server;

/// <summary>On a service or a method: gRPC-Web is refused with HTTP 415, whatever <see cref="GrpcServiceOptions.EnableGrpcWeb"/> says.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class DisableGrpcWebAttribute : Attribute, IGrpcWebEnabledMetadata
{
    /// <inheritdoc />
    public bool GrpcWebEnabled => false;
}
