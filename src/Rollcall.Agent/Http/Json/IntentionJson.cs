using System.Globalization;
using System.Text.Json;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Http.Json;

/// <summary>Writes intentions.</summary>
internal static class IntentionJson
{
    public static void Intentions(Utf8JsonWriter json, IEnumerable<Intention> intentions)
    {
        json.WriteStartArray();
        foreach (var intention in intentions)
        {
            Intention(json, intention);
        }

        json.WriteEndArray();
    }

    public static void Intention(Utf8JsonWriter json, Intention intention)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, intention.Id);
        json.WriteString("Description"u8, intention.Description);
        json.WriteString("SourceNS"u8, intention.SourceNamespace);
        json.WriteString("SourceName"u8, intention.SourceName);
        json.WriteString("DestinationNS"u8, intention.DestinationNamespace);
        json.WriteString("DestinationName"u8, intention.DestinationName);
        json.WriteString("SourceType"u8, intention.SourceType);
        json.WriteString("Action"u8, intention.Action);
        json.WriteString("DefaultAddr"u8, intention.DefaultAddress);
        json.WriteNumber("DefaultPort"u8, intention.DefaultPort);
        WireJson.TextMap(json, "Meta"u8, intention.Meta);
        json.WriteNumber("Precedence"u8, intention.Precedence);
        json.WriteString("CreatedAt"u8, WireJson.Time(intention.CreatedAt));
        json.WriteString("UpdatedAt"u8, WireJson.Time(intention.UpdatedAt));
        json.WriteBase64String("Hash"u8, HashOf(intention));
        WireJson.Indexes(json, intention.CreateIndex, intention.ModifyIndex);
        json.WriteEndObject();
    }

    public static byte[] HashOf(Intention intention) => WireJson.Hash(
        intention.Description,
        intention.SourceNamespace,
        intention.SourceName,
        intention.DestinationNamespace,
        intention.DestinationName,
        intention.SourceType,
        intention.Action,
        intention.DefaultAddress,
        intention.DefaultPort.ToString(CultureInfo.InvariantCulture),
        string.Join(',', intention.Meta.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}={pair.Value}")));
}
