using System.Text.Json;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Json;

/// <summary>Writes keys and values.</summary>
internal static class KvJson
{
    public static void Pair(Utf8JsonWriter json, KvPair pair)
    {
        json.WriteStartObject();
        json.WriteNumber("LockIndex"u8, pair.LockIndex);
        json.WriteString("Key"u8, pair.Key);
        json.WriteNumber("Flags"u8, pair.Flags);
        if (pair.Value is null)
        {
            json.WriteNull("Value"u8);
        }
        else
        {
            json.WriteBase64String("Value"u8, pair.Value);
        }

        if (pair.Session is not null)
        {
            json.WriteString("Session"u8, pair.Session);
        }

        WireJson.Indexes(json, pair.CreateIndex, pair.ModifyIndex);
        json.WriteEndObject();
    }
}
