using Microsoft.Extensions.Options;

namespace Rollcall.Grpc.Server;

/// <summary>Lets the settings of a service begin as those of all services. Registered before anything that changes them.</summary>
internal sealed class ServiceOptionsSeed<TService>(IOptions<GrpcServiceOptions> all) : IConfigureOptions<GrpcServiceOptions<TService>>
    where TService : class
{
    public void Configure(GrpcServiceOptions<TService> options) => options.CopyFrom(all.Value);
}
