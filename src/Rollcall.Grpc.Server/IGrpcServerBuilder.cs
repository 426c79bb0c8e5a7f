using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Server;

/// <summary>What <see cref="GrpcServiceCollectionExtensions.AddGrpc(IServiceCollection)"/> returns, for what else concerns gRPC in an application.</summary>
public interface IGrpcServerBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }
}
