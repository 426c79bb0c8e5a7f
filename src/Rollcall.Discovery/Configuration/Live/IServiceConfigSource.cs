namespace Rollcall.Discovery.Configuration.Live;

/// <summary>A place where service configs are kept and may change, such as the KV store. Thread-safe.</summary>
public interface IServiceConfigSource
{
    /// <summary>Where the config of a service is kept, for messages: <c>the key rollcall/service-config/orders of consul at http://…</c></summary>
    string Describe(ServiceConfigQuery query);

    /// <summary>
    /// Follows the config of a service: its JSON as it is, then again whenever it may have changed; null for "there is none". A source that can't be
    /// read throws, and is asked again after a while; what was read before stays in force.
    /// </summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Ends the watch, and with it the request that is open.</param>
    IAsyncEnumerable<string?> WatchAsync(ServiceConfigQuery query, CancellationToken cancellationToken);
}
