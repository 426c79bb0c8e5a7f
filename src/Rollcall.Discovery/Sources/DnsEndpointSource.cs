using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Rollcall.Discovery.Internal;
using Rollcall.Discovery.Sources.Internal;

namespace Rollcall.Discovery.Sources;

/// <summary>
/// Instances by DNS: hosts, ports and weights from SRV records (RFC 2782), or addresses (A, AAAA) with one port for all. Asks again when records run
/// out. Thread-safe. Only records of the lowest priority are instances; tags and filters are not DNS's and are refused.
/// </summary>
public sealed class DnsEndpointSource : IEndpointSource
{
    private readonly IReadOnlyList<IPEndPoint> _servers;
    private readonly string? _domain;
    private readonly string? _onlyName;
    private readonly int? _port;
    private readonly TimeSpan _timeout;
    private readonly TimeSpan _minRefresh;
    private readonly TimeSpan _maxRefresh;
    private readonly TimeProvider _time;

    // Whom the last run of a watch asked, from its failure until there is an answer again: what was known stays known through an outage. Goes with the
    // query, whose object is the watch's own, when the watch ends meanwhile.
    private readonly ConditionalWeakTable<ServiceQuery, DnsResolver> _failed = [];

    /// <param name="options">Null: the defaults.</param>
    /// <param name="timeProvider">For timeouts and intervals. Null: the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public DnsEndpointSource(DnsEndpointSourceOptions? options = null, TimeProvider? timeProvider = null)
    {
        options ??= new DnsEndpointSourceOptions();
        OptionFaults.ThrowIfAny(options.Validate(), "DNS source", nameof(options));
        _servers = [.. options.Servers];
        _domain = options.Domain?.Trim('.');
        _onlyName = options.OnlyName;
        _port = options.Port;
        (_timeout, _minRefresh, _maxRefresh) = (options.Timeout, options.MinRefresh, options.MaxRefresh);
        _time = timeProvider ?? TimeProvider.System;
        Name = _servers.Count == 0 ? "the system's DNS servers" : $"DNS at {string.Join(", ", _servers)}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    /// <exception cref="DnsSourceException">No server answered (thrown while enumerating).</exception>
    /// <exception cref="NotSupportedException">The query asks for what DNS can't select by (thrown while enumerating).</exception>
    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (Objection(query) is { } objection)
        {
            throw new NotSupportedException(objection);
        }

        var name = NameOf(query);
        _failed.TryGetValue(query, out var before);
        var resolver = new DnsResolver(_servers.Count > 0 ? _servers : SystemServers.Read(), _timeout, _time, before);
        EndpointUpdate? last = null;
        while (true)
        {
            var (found, ttl, doubt, note) = await LookUpAsync(resolver, query, name, cancellationToken).ConfigureAwait(false);
            var update = new EndpointUpdate { Endpoints = Ordered(found), Doubt = doubt, Note = found.Count == 0 ? $"DNS has no instance under {name}" : note };
            if (last is null || last.Doubt != doubt || last.Note != update.Note || !Same(last.Endpoints, update.Endpoints))
            {
                last = update;
                yield return update;
            }

            var pause = TimeSpan.FromSeconds(ttl);
            pause = pause < _minRefresh ? _minRefresh : pause > _maxRefresh ? _maxRefresh : pause;
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Why DNS can't answer a query; null: it can.</summary>
    internal static string? Objection(ServiceQuery query) =>
        query.Tags.IsEmpty && query.Filter is null && query.Near is null && query.Datacenter is null && query.PassingOnly && !query.WarningToo
            ? null
            : $"DNS can't select instances of {query} by tag, filter, datacenter or health. "
                + "With Consul's DNS these are parts of the name, such as v1.orders.service.dc2.consul; else select in the caller (anytag, version, meta).";

    private string NameOf(ServiceQuery query)
    {
        if (_onlyName is null)
        {
            return _domain is null || query.Name.Contains('.') ? query.Name : $"{query.Name}.{_domain}";
        }

        return query.Name.Equals(_onlyName, StringComparison.OrdinalIgnoreCase) || query.Name.Equals(_onlyName.Split('.')[0].TrimStart('_'), StringComparison.OrdinalIgnoreCase)
            ? _onlyName
            : throw new NotSupportedException(
                $"This source has {_onlyName} alone, and not '{query.Name}'. For many names, make one with {nameof(DnsEndpointSourceOptions)}.{nameof(DnsEndpointSourceOptions.Domain)}.");
    }

    private async Task<DnsLookup<Endpoint>> LookUpAsync(DnsResolver resolver, ServiceQuery query, string name, CancellationToken cancellationToken)
    {
        try
        {
            var lookup = _port is { } port
                ? await AddressesAsync(resolver, query, name, port, cancellationToken).ConfigureAwait(false)
                : await ServersAsync(resolver, query, name, cancellationToken).ConfigureAwait(false);
            _failed.Remove(query);
            return lookup;
        }
        catch (DnsSourceException)
        {
            _failed.AddOrUpdate(query, resolver);
            throw;
        }
    }

    private static async Task<DnsLookup<Endpoint>> ServersAsync(DnsResolver resolver, ServiceQuery query, string name, CancellationToken cancellationToken)
    {
        var servers = await resolver.ServersAsync(name, cancellationToken).ConfigureAwait(false);
        var endpoints = new List<Endpoint>(servers.Found.Count);
        foreach (var (record, addresses) in servers.Found)
        {
            var host = string.Create(CultureInfo.InvariantCulture, $"{record.Target.TrimEnd('.')}:{record.Port}");
            foreach (var address in addresses)
            {
                endpoints.Add(new Endpoint(addresses.Count == 1 ? host : $"{host}/{address}", address.ToString(), record.Port)
                {
                    ServiceName = query.Name,

                    // 0 is for those that are hardly to be chosen (RFC 2782), here it would be for those that are not.
                    Weight = Math.Max((int)record.Weight, 1),
                    Metadata = new Dictionary<string, string> { ["host"] = record.Target.TrimEnd('.') }.ToFrozenDictionary(),
                });
            }
        }

        return new(endpoints, servers.Ttl, servers.Doubt, servers.Note);
    }

    private static async Task<DnsLookup<Endpoint>> AddressesAsync(
        DnsResolver resolver, ServiceQuery query, string name, int port, CancellationToken cancellationToken)
    {
        var addresses = await resolver.AddressesAsync(name, cancellationToken).ConfigureAwait(false);
        Endpoint[] endpoints =
        [
            .. addresses.Found.Select(address => new Endpoint(new IPEndPoint(address, port).ToString(), address.ToString(), port) { ServiceName = query.Name }),
        ];
        return new(endpoints, addresses.Ttl, addresses.Doubt, addresses.Note);
    }

    // Servers shuffle, and that is no change.
    private static ImmutableArray<Endpoint> Ordered(IEnumerable<Endpoint> endpoints) =>
        [.. endpoints.DistinctBy(static endpoint => endpoint.Id).OrderBy(static endpoint => endpoint.Id, StringComparer.Ordinal)];

    private static bool Same(ImmutableArray<Endpoint> one, ImmutableArray<Endpoint> other) =>
        one.SequenceEqual(other) && one.Select(static endpoint => endpoint.Weight).SequenceEqual(other.Select(static endpoint => endpoint.Weight));
}
