using System.Text.Json;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Http.Json;

/// <summary>Writes prepared queries and their answers.</summary>
internal static class QueryJson
{
    public static void Queries(Utf8JsonWriter json, IEnumerable<PreparedQuery> queries)
    {
        json.WriteStartArray();
        foreach (var query in queries)
        {
            Query(json, query);
        }

        json.WriteEndArray();
    }

    public static void Query(Utf8JsonWriter json, PreparedQuery query)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, query.Id);
        json.WriteString("Name"u8, query.Name);
        json.WriteString("Session"u8, query.Session);
        json.WriteString("Token"u8, query.Token);
        json.WriteStartObject("Template"u8);
        json.WriteString("Type"u8, query.TemplateType);
        json.WriteString("Regexp"u8, query.TemplateRegexp);
        json.WriteBoolean("RemoveEmptyTags"u8, query.RemoveEmptyTags);
        json.WriteEndObject();
        json.WriteStartObject("Service"u8);
        json.WriteString("Service"u8, query.Service);
        json.WriteStartObject("Failover"u8);
        json.WriteNumber("NearestN"u8, query.NearestN);
        WireJson.TextsOrNull(json, "Datacenters"u8, query.Datacenters);
        json.WriteEndObject();
        json.WriteBoolean("OnlyPassing"u8, query.OnlyPassing);
        WireJson.TextsOrNull(json, "IgnoreCheckIDs"u8, query.IgnoreCheckIds);
        json.WriteString("Near"u8, query.Near);
        WireJson.TextsOrNull(json, "Tags"u8, query.Tags);
        WireJson.TextMap(json, "NodeMeta"u8, query.NodeMeta);
        WireJson.TextMap(json, "ServiceMeta"u8, query.ServiceMeta);
        json.WriteBoolean("Connect"u8, query.Connect);
        json.WriteEndObject();
        Dns(json, query);
        WireJson.Indexes(json, query.CreateIndex, query.ModifyIndex);
        json.WriteEndObject();
    }

    public static void Dns(Utf8JsonWriter json, PreparedQuery query)
    {
        json.WriteStartObject("DNS"u8);
        json.WriteString("TTL"u8, query.DnsTtl);
        json.WriteEndObject();
    }

    /// <summary>One instance. Other than in health, Consul leaves lists null here.</summary>
    public static void Instance(Utf8JsonWriter json, ServiceInstance instance)
    {
        json.WriteStartObject();
        json.WritePropertyName("Node"u8);
        WireJson.Node(json, instance.Node);
        json.WritePropertyName("Service"u8);
        WireJson.Service(json, instance.Service, emptyIsNull: true);
        if (instance.NodeChecks.IsEmpty && instance.Checks.IsEmpty)
        {
            json.WriteNull("Checks"u8);
        }
        else
        {
            json.WriteStartArray("Checks"u8);
            foreach (var check in instance.NodeChecks.Values.Concat(instance.Checks.Values))
            {
                WireJson.Check(json, check, emptyIsNull: true);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>What ends the answers of a query that is run or explained.</summary>
    public static void Meta(Utf8JsonWriter json, ReadMode mode)
    {
        json.WriteNumber("Index"u8, 0);
        json.WriteNumber("LastContact"u8, 0);
        json.WriteBoolean("KnownLeader"u8, true);
        json.WriteString("ConsistencyLevel"u8, mode switch { ReadMode.Stale => "stale", ReadMode.Consistent => "consistent", _ => "leader" });
    }
}
