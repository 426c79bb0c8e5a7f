namespace Rollcall.Discovery.Configuration.Live;

/// <summary>Which service config a caller wants. Equal ones share a watch. Immutable.</summary>
public sealed record ServiceConfigQuery
{
    /// <param name="service">The service's name, as registered.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public ServiceConfigQuery(string service)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(service);
        Service = service;
    }

    /// <summary>The service's name.</summary>
    public string Service { get; }

    /// <summary>The key in the KV store. Null: the service's name behind the source's prefix.</summary>
    public string? Key { get; init; }
}
