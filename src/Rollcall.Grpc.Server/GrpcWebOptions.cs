namespace Rollcall.Grpc.Server;

/// <summary>Argument of <c>UseGrpcWeb</c>, for programs that were written for grpc-dotnet.</summary>
public sealed class GrpcWebOptions
{
    /// <summary>Whether endpoints that say nothing answer gRPC-Web.</summary>
    /// <value>Default true. False is refused by <c>UseGrpcWeb</c>: <see cref="GrpcServiceOptions.EnableGrpcWeb"/> is the place for it.</value>
    public bool DefaultEnabled { get; set; } = true;
}
