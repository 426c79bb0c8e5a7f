using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Http;

namespace Rollcall.Hosting.Discovery;

/// <summary>Lets the handlers of a container follow its service configs, unless they are told otherwise.</summary>
internal sealed class ContainerServiceConfigs(IServiceProvider services) : IConfigureNamedOptions<DiscoveryHandlerOptions>
{
    public void Configure(string? name, DiscoveryHandlerOptions options) => options.ServiceConfigs ??= services.GetService<ServiceConfigDirectory>();

    public void Configure(DiscoveryHandlerOptions options) => Configure(Options.DefaultName, options);
}
