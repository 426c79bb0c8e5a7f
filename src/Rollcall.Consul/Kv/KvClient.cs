using System.Text;
using Rollcall.Consul.Transport;
using Rollcall.Consul.Wire;

namespace Rollcall.Consul;

/// <summary>
/// The key-value store. Keys are paths without a leading slash; a key with an empty, <c>.</c> or <c>..</c> part can't be addressed
/// over HTTP, and Consul answers a redirect, which is an error here. Thread-safe.
/// </summary>
public sealed class KvClient
{
    private readonly ConsulTransport _transport;

    internal KvClient(ConsulTransport transport) => _transport = transport;

    /// <summary>A key; the value is null when it doesn't exist.</summary>
    public async Task<ConsulResponse<KvPair?>> GetAsync(string key, ConsulQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var pairs = await PairsAsync(Request(HttpMethod.Get, key).WithQuery(query, _transport.Options), cancellationToken).ConfigureAwait(false);
        return pairs.Select(found => found.Count > 0 ? found[0] : null);
    }

    /// <summary>All keys below a prefix with their values, in the order of the keys; empty when there is none.</summary>
    /// <param name="prefix">Compared as text: <c>a</c> also finds <c>ab/c</c>. Empty: everything.</param>
    /// <param name="query">How to read.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    public Task<ConsulResponse<IReadOnlyList<KvPair>>> ListAsync(
        string prefix, ConsulQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return PairsAsync(Request(HttpMethod.Get, prefix, isLarge: true).With("recurse").WithQuery(query, _transport.Options), cancellationToken);
    }

    /// <summary>The names of the keys below a prefix; empty when there is none.</summary>
    /// <param name="prefix">Compared as text. Empty: everything.</param>
    /// <param name="separator">Only up to and including the first one of these after the prefix, each such beginning once. Null: whole keys.</param>
    /// <param name="query">How to read.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    public Task<ConsulResponse<IReadOnlyList<string>>> KeysAsync(
        string prefix, string? separator = null, ConsulQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var request = Request(HttpMethod.Get, prefix).With("keys").WithQuery(query, _transport.Options);
        return _transport.ReadAsync(
            separator is null ? request : request.With("separator", separator),
            ConsulJsonContext.Default.IReadOnlyListString,
            [],
            NotFoundMeaning.AbsentWithIndex,
            cancellationToken);
    }

    /// <summary>Writes a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">At most 512 KiB by default.</param>
    /// <param name="flags">64 bits kept with the value for the user's own purposes.</param>
    /// <param name="cas">Write only if the key's ModifyIndex still is this; 0: only if the key doesn't exist. Null: in any case.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <returns>False when <paramref name="cas"/> did not hold and nothing was written.</returns>
    public Task<bool> PutAsync(
        string key, ReadOnlyMemory<byte> value, ulong flags = 0, ulong? cas = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var request = Request(HttpMethod.Put, key, new ReadOnlyMemoryContent(value)).WithQuery(null, _transport.Options);
        if (flags != 0)
        {
            request.With("flags", flags);
        }

        return _transport.DecideAsync(cas is { } index ? request.With("cas", index) : request, cancellationToken);
    }

    /// <summary>Writes a key as UTF-8 text.</summary>
    /// <inheritdoc cref="PutAsync(string, ReadOnlyMemory{byte}, ulong, ulong?, CancellationToken)"/>
    public Task<bool> PutAsync(string key, string value, ulong flags = 0, ulong? cas = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(value);
        return PutAsync(key, Encoding.UTF8.GetBytes(value), flags, cas, cancellationToken);
    }

    /// <summary>Deletes a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cas">Delete only if the key's ModifyIndex still is this. Null: in any case.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    /// <returns>False when <paramref name="cas"/> did not hold. Deleting what isn't there is true.</returns>
    public Task<bool> DeleteAsync(string key, ulong? cas = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var request = Request(HttpMethod.Delete, key).WithQuery(null, _transport.Options);
        return _transport.DecideAsync(cas is { } index ? request.With("cas", index) : request, cancellationToken);
    }

    /// <summary>Deletes all keys that begin with a prefix.</summary>
    /// <param name="prefix">Compared as text. Empty: everything.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    public Task DeleteTreeAsync(string prefix, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return _transport.DecideAsync(
            Request(HttpMethod.Delete, prefix).With("recurse").WithQuery(null, _transport.Options), cancellationToken);
    }

    /// <summary>Follows a key, existing or not: the first answer at once, then one for each change of the index.</summary>
    /// <inheritdoc cref="HealthClient.WatchServiceAsync" path="/remarks"/>
    /// <inheritdoc cref="HealthClient.WatchServiceAsync" path="/exception"/>
    public IAsyncEnumerable<ConsulResponse<KvPair?>> WatchAsync(
        string key, ConsulQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return BlockingWatch.RunAsync(_transport, query, (asked, token) => GetAsync(key, asked, token), static pair => pair is null, cancellationToken);
    }

    /// <summary>Follows all keys below a prefix: the first answer at once, then one for each change of the index.</summary>
    /// <inheritdoc cref="HealthClient.WatchServiceAsync" path="/remarks"/>
    /// <inheritdoc cref="HealthClient.WatchServiceAsync" path="/exception"/>
    public IAsyncEnumerable<ConsulResponse<IReadOnlyList<KvPair>>> WatchPrefixAsync(
        string prefix, ConsulQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return BlockingWatch.RunAsync(_transport, query, (asked, token) => ListAsync(prefix, asked, token), static pairs => pairs.Count == 0, cancellationToken);
    }

    private static ConsulRequest Request(HttpMethod method, string key, HttpContent? content = null, bool isLarge = false) =>
        new ConsulRequest(method, "kv") { Content = content, IsLarge = isLarge }.Key(key);

    private Task<ConsulResponse<IReadOnlyList<KvPair>>> PairsAsync(ConsulRequest request, CancellationToken cancellationToken) =>
        _transport.ReadAsync(request, ConsulJsonContext.Default.IReadOnlyListKvPair, [], NotFoundMeaning.AbsentWithIndex, cancellationToken);
}
