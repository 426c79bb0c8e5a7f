using System.Runtime.CompilerServices;
using System.Text;
using Rollcall.Consul;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Consul.Internal;

namespace Rollcall.Discovery.Consul;

/// <summary>
/// Service configs in Consul's KV store, a key for each service, followed by blocking queries on the key. Thread-safe. A token needs the right to read
/// the key.
/// </summary>
public sealed class ConsulServiceConfigSource : IServiceConfigSource
{
    /// <summary>What keys begin with: the service's name follows.</summary>
    public const string DefaultPrefix = "rollcall/service-config/";

    private readonly ConsulClient _client;
    private readonly string _prefix;

    /// <param name="client">Not disposed by the source.</param>
    /// <param name="prefix">What keys begin with. Null: <see cref="DefaultPrefix"/>.</param>
    /// <exception cref="ArgumentException">The prefix begins with a slash, which keys don't.</exception>
    public ConsulServiceConfigSource(ConsulClient client, string? prefix = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _prefix = prefix ?? DefaultPrefix;
        if (_prefix.StartsWith('/'))
        {
            throw new ArgumentException($"The prefix '{_prefix}' begins with a '/', and keys of the KV store don't. Write it like {DefaultPrefix}.", nameof(prefix));
        }
    }

    /// <summary>Where the config of a service is kept: for a service's own key its name in lower case, whatever the caller wrote.</summary>
    public string KeyOf(ServiceConfigQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.Key ?? KeyOf(query.Service, _prefix);
    }

    /// <summary>A service's own key.</summary>
    /// <param name="service">Its name, in any case.</param>
    /// <param name="prefix">What keys begin with.</param>
    public static string KeyOf(string service, string prefix = DefaultPrefix)
    {
        ArgumentNullException.ThrowIfNull(service);

        // Consul finds services by their names in any case, and the host of a Uri is always in lower case: keys are told apart by case, so they have one.
#pragma warning disable CA1308 // the form that hosts have
        return prefix + service.ToLowerInvariant();
#pragma warning restore CA1308
    }

    /// <inheritdoc/>
    public string Describe(ServiceConfigQuery query) => $"the key {KeyOf(query)} of {_client}";

    /// <inheritdoc/>
    /// <exception cref="ConsulException">A query failed (thrown while enumerating).</exception>
    /// <exception cref="IOException">The server that answered knows no leader, so that what it says may be long out of date (thrown while enumerating).</exception>
    public async IAsyncEnumerable<string?> WatchAsync(ServiceConfigQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // From any server, as lists of instances are: the leader has enough to do.
        var stale = new ConsulQuery { Consistency = ConsulConsistency.Stale };
        await foreach (var answer in _client.Kv.WatchAsync(KeyOf(query), stale, cancellationToken).ConfigureAwait(false))
        {
            if (!answer.KnownLeader)
            {
                throw new IOException($"The server that answered at {_client.Address} knows no leader.");
            }

            yield return answer.Value is { } pair ? Read(pair.Value ?? []) : null;
        }
    }

    /// <inheritdoc/>
    public bool IsRefusal(ServiceConfigQuery query, Exception error) => Refusals.IsDenied(error);

    // Editors of some systems put a mark in front of UTF-8.
    private static string Read(byte[] value) => Encoding.UTF8.GetString(value).TrimStart('\ufeff');
}
