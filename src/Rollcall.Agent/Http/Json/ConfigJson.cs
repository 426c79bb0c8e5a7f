using System.Text.Json;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Http.Json;

/// <summary>Writes config entries.</summary>
internal static class ConfigJson
{
    // Consul writes this field by itself, before all others.
    private const string First = "ConnectTimeout";

    public static void Entries(Utf8JsonWriter json, IEnumerable<ConfigEntry> entries)
    {
        json.WriteStartArray();
        foreach (var entry in entries)
        {
            Entry(json, entry);
        }

        json.WriteEndArray();
    }

    public static void Entry(Utf8JsonWriter json, ConfigEntry entry)
    {
        using var fields = JsonDocument.Parse(entry.Fields);
        json.WriteStartObject();
        if (fields.RootElement.TryGetProperty(First, out var first))
        {
            json.WritePropertyName(First);
            first.WriteTo(json);
        }

        json.WriteString("Kind"u8, entry.Kind);
        json.WriteString("Name"u8, entry.Name);
        foreach (var field in fields.RootElement.EnumerateObject().Where(static field => !field.NameEquals(First)))
        {
            field.WriteTo(json);
        }

        WireJson.Indexes(json, entry.CreateIndex, entry.ModifyIndex);
        json.WriteEndObject();
    }
}
