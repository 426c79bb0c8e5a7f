using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rollcall.Agent;
using Rollcall.Agent.Hosting;
using Rollcall.Consul.Wire;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds an embedded agent to a host.</summary>
public static class RollcallAgentServiceCollectionExtensions
{
    /// <summary>
    /// Runs an agent with Consul's HTTP API inside this process, on its own port, from before the host's other services start until the host is disposed,
    /// after its clients. Clients of the same container use it, also on a free port, unless an address was set for them in code or by
    /// <c>CONSUL_HTTP_ADDR</c>. Once the host has started, <see cref="ConsulAgent"/> can be had from the container. Calling it again adds settings, not another agent.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">
    /// The agent's settings. By default it listens on 127.0.0.1:8500, is in memory, and uses the host's log and its <see cref="TimeProvider"/> if
    /// there is one. A setting that makes no sense, or a port that is taken, is a <see cref="ConsulAgentException"/> when the host starts.
    /// </param>
    public static IServiceCollection AddRollcallAgent(this IServiceCollection services, Action<ConsulAgentOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<ConsulAgentOptions>();
        if (!services.Any(service => service.ServiceType == typeof(AgentHostedService)))
        {
            options.Configure<IServiceProvider>(static (options, provider) =>
            {
                options.LoggerFactory = provider.GetService<ILoggerFactory>() ?? options.LoggerFactory;
                options.TimeProvider = provider.GetService<TimeProvider>() ?? options.TimeProvider;
            });
            services.AddSingleton<AgentHostedService>();

            // The first: nothing else of the host may start before it.
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(static provider => provider.GetRequiredService<AgentHostedService>()));
            services.AddSingleton<IEmbeddedAgent>(static provider => provider.GetRequiredService<AgentHostedService>());
            services.AddSingleton(static provider => provider.GetRequiredService<AgentHostedService>().Agent);
        }

        if (configure is not null)
        {
            options.Configure(configure);
        }

        return services;
    }
}
