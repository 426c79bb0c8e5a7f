namespace Rollcall.Grpc.Server;

/// <summary>On an endpoint: whether it answers gRPC-Web. The last one counts; without any, <see cref="GrpcServiceOptions.EnableGrpcWeb"/>.</summary>
public interface IGrpcWebEnabledMetadata
{
    /// <summary>True when it does.</summary>
    bool GrpcWebEnabled { get; }
}
