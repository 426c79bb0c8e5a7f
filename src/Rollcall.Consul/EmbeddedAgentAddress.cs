using Microsoft.Extensions.Options;
using Rollcall.Consul.Wire;

namespace Rollcall.Consul;

/// <summary>Lets the clients of a container use the agent that runs in it, unless an address was set in code or by <c>CONSUL_HTTP_ADDR</c>.</summary>
/// <param name="agent">The container's agent. Null: it has none, and nothing changes.</param>
public sealed class EmbeddedAgentAddress(IEmbeddedAgent? agent = null) : IPostConfigureOptions<ConsulClientOptions>
{
    /// <inheritdoc />
    public void PostConfigure(string? name, ConsulClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!options.IsAddressSet && agent?.Address is { } address)
        {
            options.Address = address;
        }
    }
}
