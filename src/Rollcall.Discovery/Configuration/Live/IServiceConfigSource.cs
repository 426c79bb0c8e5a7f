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

    /// <summary>
    /// Whether what a watch failed with is said of its config alone, such as a token that may not read this key, and not of the source, such as an outage. The log tells of the
    /// former for each config, and of the latter in a line for all. It does not throw.
    /// </summary>
    /// <param name="query">What was followed.</param>
    /// <param name="error">What a watch of this source threw.</param>
    /// <returns>Without a definition of its own, false for all.</returns>
    bool IsRefusal(ServiceConfigQuery query, Exception error) => false;
}
