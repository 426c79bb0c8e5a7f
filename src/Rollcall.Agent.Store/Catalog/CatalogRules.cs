using System.Buffers;
using System.Text;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Catalog;

/// <summary>What services, and the metadata of nodes and services, have to be like. Consul restores no snapshot with others.</summary>
public static class CatalogRules
{
    private const string OfGateways = "consul-wan-federation";

    private static readonly SearchValues<char> s_key =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>What is wrong with the address of a service, in Consul's words; null: nothing.</summary>
    public static string? AddressFault(string address) => address is "0.0.0.0" or "::" or "[::]" ? "Invalid service address" : null;

    /// <summary>What is wrong with metadata, in Consul's words; null: nothing.</summary>
    /// <param name="meta">The metadata.</param>
    /// <param name="reserved">Whether keys of Consul's own are refused.</param>
    /// <param name="kind">Of the service that they are of: one key is for gateways.</param>
    public static string? MetadataFault(IReadOnlyDictionary<string, string>? meta, bool reserved, string? kind = null)
    {
        if (meta is null)
        {
            return null;
        }

        if (meta.Count > 64)
        {
            return "Node metadata cannot contain more than 64 key/value pairs";
        }

        foreach (var (key, value) in meta)
        {
            var fault = key switch
            {
                "" => "Key cannot be blank",
                _ when key.AsSpan().ContainsAnyExcept(s_key) => "Key contains invalid characters",
                { Length: > 128 } => "Key is too long (limit: 128 characters)",
                OfGateways when kind == ServiceKind.MeshGateway => null,
                _ when reserved && key.StartsWith("consul-", StringComparison.Ordinal) => "Key prefix 'consul-' is reserved for internal use",
                // What it calls characters are bytes.
                _ when Encoding.UTF8.GetByteCount(value) > 512 => "Value is too long (limit: 512 characters)",
                _ => null,
            };
            if (fault is not null)
            {
                return $"Couldn't load metadata pair ('{key}', '{value}'): {fault}";
            }
        }

        return null;
    }

    /// <summary>The same of a service that is put into the catalog.</summary>
    internal static string? MetadataFault(string node, NodeService service) =>
        MetadataFault(service.Meta, reserved: true, service.Kind) is { } fault ? $"Invalid Service Meta for node {node} and serviceID {service.Id}: {fault}" : null;
}
