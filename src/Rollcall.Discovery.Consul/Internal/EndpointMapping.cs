using System.Collections.Frozen;
using System.Collections.Immutable;
using Rollcall.Consul.Wire;
using Rollcall.Discovery.Selecting;
using Rollcall.Hosts;

namespace Rollcall.Discovery.Consul.Internal;

/// <summary>Turns Consul's entries into endpoints.</summary>
internal static class EndpointMapping
{
    /// <returns>The endpoints, and the ids of entries that nobody can call.</returns>
    public static (ImmutableArray<Endpoint> Endpoints, ImmutableArray<string> Unusable) Map(IReadOnlyList<HealthServiceEntry> entries)
    {
        var endpoints = ImmutableArray.CreateBuilder<Endpoint>(entries.Count);
        var unusable = ImmutableArray.CreateBuilder<string>();
        var alike = new AlikeParts();
        foreach (var entry in entries)
        {
            if (Map(entry, alike) is { } endpoint)
            {
                endpoints.Add(endpoint);
            }
            else
            {
                unusable.Add(entry.Service.Id is { Length: > 0 } id ? id : entry.Service.Service);
            }
        }
        return (endpoints.DrainToImmutable(), unusable.DrainToImmutable());
    }

    /// <summary>Whether it fails a check, its own or its node's: neither passing nor only warning.</summary>
    public static bool IsCritical(HealthServiceEntry entry) =>
        entry.Checks.Any(static check => check.Status is not (CheckStatus.Passing or CheckStatus.Warning));

    private static Endpoint? Map(HealthServiceEntry entry, AlikeParts alike)
    {
        var service = entry.Service;

        // The node's name is not a host: nothing resolves it but Consul's own DNS.
        if (Host(string.IsNullOrEmpty(service.Address) ? entry.Node.Address : service.Address) is not { } host || service.Port is < 1 or > ushort.MaxValue)
        {
            return null;
        }

        return new Endpoint(string.IsNullOrEmpty(service.Id) ? service.Service : service.Id, alike.Text(host), service.Port)
        {
            ServiceName = alike.Text(service.Service),
            Weight = Weight(entry),
            Tags = alike.Tags(service.Tags),
            Metadata = alike.Metadata(service.Meta),
            Node = alike.Text(entry.Node.Node),
            Datacenter = entry.Node.Datacenter is { } datacenter ? alike.Text(datacenter) : null,
            Zone = Zone(entry) is { } zone ? alike.Text(zone) : null,
            Addresses = Addresses(service, host),
        };
    }

    /// <summary>Consul takes any text for an address. One with a port, a path or a user in it would lead elsewhere, or nowhere, in the address of a request.</summary>
    /// <returns>Without brackets; null: it is neither a name nor an address.</returns>
    private static string? Host(string? address)
    {
        var host = address is ['[', .. var inner, ']'] ? inner : address;
        return RequestHost.IsUsable(host) ? host : null;
    }

    /// <summary>What the registration says goes first, and what is nearer to the instance before what is said of its node.</summary>
    private static string? Zone(HealthServiceEntry entry) =>
        entry.Service.Meta?.TryGetValue(EndpointMetadata.Zone, out var zone) == true && zone.Length > 0 ? zone
        : entry.Service.Locality?.Zone is { Length: > 0 } ofService ? ofService
        : entry.Node.Locality?.Zone is { Length: > 0 } ofNode ? ofNode
        : entry.Node.Meta?.TryGetValue(EndpointMetadata.Zone, out var told) == true && told.Length > 0 ? told
        : null;

    /// <summary>Consul adds the instance's own address under the names of networks (<c>lan_ipv4</c>); those that lead nowhere else are left out.</summary>
    private static FrozenDictionary<string, EndpointAddress> Addresses(NodeService service, string host) =>
        service.TaggedAddresses is { Count: > 0 } tagged
            ? tagged
                .Select(static pair => (Name: pair.Key, Host: Host(pair.Value.Address), pair.Value.Port))
                .Where(other => other.Host is not null && other.Port is >= 1 and <= ushort.MaxValue && (other.Port != service.Port || other.Host != host))
                .ToFrozenDictionary(static other => other.Name, static other => new EndpointAddress(other.Host!, other.Port), StringComparer.Ordinal)
            : FrozenDictionary<string, EndpointAddress>.Empty;

    /// <summary>An instance has two weights, and its checks decide which one holds.</summary>
    private static int Weight(HealthServiceEntry entry)
    {
        if (entry.Service.Weights is not { } weights)
        {
            return 1;
        }

        foreach (var check in entry.Checks)
        {
            if (check.Status != CheckStatus.Passing)
            {
                return Math.Max(0, weights.Warning);
            }
        }
        return Math.Max(0, weights.Passing);
    }
}
