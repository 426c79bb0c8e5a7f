using Microsoft.Extensions.DependencyInjection;

namespace Rollcall.Grpc.Server;

/// <summary>The one builder there is.</summary>
internal sealed class GrpcServerBuilder(IServiceCollection services) : IGrpcServerBuilder
{
    public IServiceCollection Services => services;
}
