using Rollcall.Discovery;
using Rollcall.Discovery.Consul;

namespace Rollcall.Hosting;

/// <summary>How a container's shared directory of instances follows Consul. Read once, when the directory is first used.</summary>
public sealed class ServiceDiscoveryOptions
{
    /// <summary>How watches are kept up.</summary>
    public EndpointDirectoryOptions Directory { get; } = new();

    /// <summary>How Consul is asked.</summary>
    public ConsulEndpointSourceOptions Consul { get; } = new();
}
