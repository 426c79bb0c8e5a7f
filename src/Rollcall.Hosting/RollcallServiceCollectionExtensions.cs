using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rollcall.Consul;
using Rollcall.Discovery;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Consul;
using Rollcall.Discovery.Sequences;
using Rollcall.Hosting;
using Rollcall.Hosting.Discovery;
using Rollcall.Hosting.Registration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What Rollcall adds to a container.</summary>
public static class RollcallServiceCollectionExtensions
{
    /// <summary><see cref="AddConsulClient(IServiceCollection, Action{ConsulClientOptions})"/> with its defaults.</summary>
    /// <param name="services">The container.</param>
    public static IServiceCollection AddConsulClient(this IServiceCollection services) => services.AddConsulClient(null);

    /// <summary>
    /// One <see cref="ConsulClient"/> for the whole container, to the agent that Consul's environment variables name, or else to the one that runs in the
    /// same host (<c>AddRollcallAgent</c>). Safe to call more than once.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Takes precedence over the environment and over an agent in the same host. Null changes nothing.</param>
    public static IServiceCollection AddConsulClient(this IServiceCollection services, Action<ConsulClientOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ConsulClientOptions>().ValidateOnStart();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddTransient<IOptionsFactory<ConsulClientOptions>, ConsulClientOptionsFactory>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ConsulClientOptions>, ConsulClientOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<ConsulClientOptions>, EmbeddedAgentAddress>());
        services.TryAddSingleton(provider =>
            new ConsulClient(provider.GetRequiredService<IOptions<ConsulClientOptions>>().Value, provider.GetService<TimeProvider>()));
        return services;
    }

    /// <summary>
    /// <see cref="AddServiceRegistration(IServiceCollection, string, Action{ServiceRegistrationOptions})"/> with its defaults: the server's address, a TTL
    /// check.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="name">What callers know the service by.</param>
    public static IServiceCollection AddServiceRegistration(this IServiceCollection services, string name) => services.AddServiceRegistration(name, null);

    /// <summary>
    /// Registers a service when the host has started and its server is bound, keeps it registered through restarts of the agent, and
    /// deregisters it at shutdown before the server stops taking calls. The host starts even while the agent is down.
    /// Call it once for each service; again with the same name, it adds to the options of the first, and one that sets another <c>Id</c> or <c>Port</c> stops
    /// the host's start. Two instances of one service have two names here, and their <c>Name</c> in common.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="name">What callers know the service by.</param>
    /// <param name="configure">Null: the server's address, a TTL check.</param>
    public static IServiceCollection AddServiceRegistration(
        this IServiceCollection services, string name, Action<ServiceRegistrationOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        services.AddConsulClient();
        services.AddLogging();
        var mark = new RegistrationName(name);
        if (!services.Any(s => s.ServiceType == typeof(RegistrationName) && mark.Equals(s.ImplementationInstance)))
        {
            services.AddSingleton(mark);
            services.AddOptions<ServiceRegistrationOptions>(name).Configure(o => o.Name = name).ValidateOnStart();
        }

        if (configure is not null)
        {
            services.Configure<ServiceRegistrationOptions>(name, options =>
            {
                var (id, port) = (options.Id, options.Port);
                configure(options);
                options.Contradict(nameof(options.Id), id, options.Id);
                options.Contradict(nameof(options.Port), port, options.Port);
            });
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ServiceRegistrationOptions>, ServiceRegistrationOptionsValidator>());
        services.TryAddSingleton(_ => new ServiceRegistrations());
        services.TryAddSingleton<RegistrationEnd>();
        services.TryAddSingleton<RegistrationDrain>();
        services.TryAddKeyedSingleton<Func<Task>>(
            RegistrationDrain.Key, static (provider, _) => () => provider.GetRequiredService<RegistrationDrain>().Over);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RegistrationHostedService>());
        return services;
    }

    /// <summary><see cref="AddServiceDiscovery(IServiceCollection, Action{ServiceDiscoveryOptions})"/> with its defaults.</summary>
    /// <param name="services">The container.</param>
    public static IServiceCollection AddServiceDiscovery(this IServiceCollection services) => services.AddServiceDiscovery(null);

    /// <summary>
    /// One <see cref="EndpointDirectory"/> on Consul for the whole container: every client shares its watches. Safe to call more than once.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Settings of the directory. Null changes nothing.</param>
    public static IServiceCollection AddServiceDiscovery(this IServiceCollection services, Action<ServiceDiscoveryOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddConsulClient();
        services.AddLogging();
        services.AddOptions<ServiceDiscoveryOptions>().ValidateOnStart();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ServiceDiscoveryOptions>, ServiceDiscoveryOptionsValidator>());
        services.TryAddSingleton<IEndpointSource>(provider => new ConsulEndpointSource(
            provider.GetRequiredService<ConsulClient>(),
            provider.GetRequiredService<IOptions<ServiceDiscoveryOptions>>().Value.Consul,
            provider.GetService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));
        services.TryAddSingleton<ISequenceSource>(provider => new ConsulSequences(
            provider.GetRequiredService<ConsulClient>(), timeProvider: provider.GetService<TimeProvider>()));
        services.TryAddSingleton(provider => new EndpointDirectory(
            provider.GetRequiredService<IEndpointSource>(),
            provider.GetRequiredService<IOptions<ServiceDiscoveryOptions>>().Value.Directory,
            provider.GetService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>(),
            meterFactory: provider.GetService<IMeterFactory>(),
            sequences: provider.GetRequiredService<ISequenceSource>()));
        return services;
    }

    /// <summary>
    /// The same as <see cref="AddServiceDiscovery(IServiceCollection, Action{ServiceDiscoveryOptions})"/>, for programs that also reference a package with a
    /// method of that name.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Settings of the directory. Null changes nothing.</param>
    public static IServiceCollection AddRollcallDiscovery(this IServiceCollection services, Action<ServiceDiscoveryOptions>? configure = null) =>
        services.AddServiceDiscovery(configure);

    /// <summary><see cref="AddServiceConfig(IServiceCollection, Action{ServiceConfigOptions})"/> with its defaults.</summary>
    /// <param name="services">The container.</param>
    public static IServiceCollection AddServiceConfig(this IServiceCollection services) => services.AddServiceConfig(null);

    /// <summary>
    /// Lets the clients of the container, gRPC and HTTP, go by the service configs of the services that they call: timeouts, retries, hedging and
    /// balancing, in Consul's KV store or in the application's configuration. They are followed while the clients live, and the KV store goes first.
    /// It costs one blocking query for each service that is called. Safe to call more than once.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Null: the keys <c>rollcall/service-config/SERVICE</c>, and the section <c>Rollcall:ServiceConfig:SERVICE</c>.</param>
    public static IServiceCollection AddServiceConfig(this IServiceCollection services, Action<ServiceConfigOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddConsulClient();
        services.AddLogging();
        services.AddOptions<ServiceConfigOptions>().ValidateOnStart();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ServiceConfigOptions>, ServiceConfigOptionsValidator>());
        services.TryAddSingleton(static provider =>
        {
            var options = provider.GetRequiredService<IOptions<ServiceConfigOptions>>().Value;
            var sources = new List<IServiceConfigSource>();
            if (options.KvPrefix is { } prefix)
            {
                sources.Add(new ConsulServiceConfigSource(provider.GetRequiredService<ConsulClient>(), prefix));
            }

            if (options.Section is { } section && provider.GetService<IConfiguration>() is { } configuration)
            {
                sources.Add(new ConfigurationServiceConfigSource(configuration.GetSection(section)));
            }

            return new ServiceConfigDirectory(sources, provider.GetService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>());
        });
        return services;
    }
}
