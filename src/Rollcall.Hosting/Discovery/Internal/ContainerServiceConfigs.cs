using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Http;

namespace Rollcall.Hosting.Discovery;

/// <summary>Lets the handlers of a container follow its service configs, unless they are told otherwise.</summary>
internal sealed class ContainerServiceConfigs(IServiceProvider services) : IConfigureNamedOptions<DiscoveryHandlerOptions>
{
    public void Configure(string? name, DiscoveryHandlerOptions options)
    {
        try
        {
            options.ServiceConfigs ??= services.GetService<ServiceConfigDirectory>();
        }
        catch (OptionsValidationException e) when (e.OptionsType == typeof(ServiceConfigOptions))
        {
            // The check of those options at the host's start tells it, once. Where no host is started the client's handler does.
        }
    }

    public void Configure(DiscoveryHandlerOptions options) => Configure(Options.DefaultName, options);
}
