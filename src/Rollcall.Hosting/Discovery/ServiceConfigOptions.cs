using Rollcall.Discovery.Consul;

namespace Rollcall.Hosting;

/// <summary>Where a container's clients find the service configs of the services that they call. Read once, when the first client is made.</summary>
public sealed class ServiceConfigOptions
{
    /// <summary>What the keys in Consul's KV store begin with; the service's name follows. Null: the KV store is not looked at.</summary>
    /// <value>Default <see cref="ConsulServiceConfigSource.DefaultPrefix"/>. Does not begin with a slash.</value>
    public string? KvPrefix { get; set; } = ConsulServiceConfigSource.DefaultPrefix;

    /// <summary>
    /// The section of the application's configuration that has an entry for each service, for services that have no key in the KV store. Null: the
    /// configuration is not looked at.
    /// </summary>
    /// <value>Default <c>Rollcall:ServiceConfig</c>.</value>
    public string? Section { get; set; } = "Rollcall:ServiceConfig";
}
