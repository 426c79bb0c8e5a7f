using System.Text.Json;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Json;

/// <summary>
/// Writes what the <c>agent/</c> endpoints show of registrations; the same data as the catalog's in another order and form.
/// </summary>
internal static class AgentJson
{
    public static void Service(Utf8JsonWriter json, NodeService service, string? contentHash = null)
    {
        json.WriteStartObject();
        WireJson.TextIfSet(json, "Kind"u8, service.Kind);
        json.WriteString("ID"u8, service.Id);
        json.WriteString("Service"u8, service.Service);
        WireJson.Texts(json, "Tags"u8, service.Tags);
        WireJson.TextMap(json, "Meta"u8, service.Meta ?? EmptyMap.Instance);
        json.WriteNumber("Port"u8, service.Port);
        json.WriteString("Address"u8, service.Address);
        WireJson.TaggedAddresses(json, "TaggedAddresses"u8, service.TaggedAddresses);
        WireJson.Weights(json, "Weights"u8, service.Weights);
        json.WriteBoolean("EnableTagOverride"u8, service.EnableTagOverride);
        if (contentHash is not null)
        {
            json.WriteString("ContentHash"u8, contentHash);
        }

        MeshJson.PartsOfAgent(json, service);
        json.WriteEndObject();
    }

    /// <summary>One service of <c>agent/health/service/…</c>; null for one that is not registered here.</summary>
    public static void Health(Utf8JsonWriter json, string status, LocalService? service, IEnumerable<HealthCheck> checks)
    {
        json.WriteStartObject();
        json.WriteString("AggregatedStatus"u8, status);
        if (service is null)
        {
            json.WriteNull("Service"u8);
            json.WriteNull("Checks"u8);
        }
        else
        {
            json.WritePropertyName("Service"u8);
            Service(json, service.Service);
            json.WriteStartArray("Checks"u8);
            foreach (var check in checks)
            {
                Bare(json, check);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    // Consul drops type and definition here and writes out the zero values, and no tags as null, unlike everywhere else.
    private static void Bare(Utf8JsonWriter json, HealthCheck check)
    {
        WireJson.CheckHead(json, check);
        if (check.ServiceTags is { Count: > 0 })
        {
            WireJson.Texts(json, "ServiceTags"u8, check.ServiceTags);
        }
        else
        {
            json.WriteNull("ServiceTags"u8);
        }

        json.WriteString("Type"u8, "");
        json.WriteStartObject("Definition"u8);
        json.WriteString("Interval"u8, "0s");
        json.WriteString("Timeout"u8, "0s");
        json.WriteString("DeregisterCriticalServiceAfter"u8, "0s");
        json.WriteString("HTTP"u8, "");
        json.WriteNull("Header"u8);
        json.WriteString("Method"u8, "");
        json.WriteString("Body"u8, "");
        json.WriteBoolean("TLSSkipVerify"u8, false);
        json.WriteString("TCP"u8, "");
        json.WriteEndObject();
        WireJson.Indexes(json, 0, 0);
        json.WriteEndObject();
    }
}
