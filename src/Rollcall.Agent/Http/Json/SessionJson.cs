using System.Text.Json;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Json;

/// <summary>Writes sessions.</summary>
internal static class SessionJson
{
    public static void Sessions(Utf8JsonWriter json, IEnumerable<Session> sessions)
    {
        json.WriteStartArray();
        foreach (var session in sessions)
        {
            Write(json, session);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Session session)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, session.Id);
        json.WriteString("Name"u8, session.Name);
        json.WriteString("Node"u8, session.Node);
        json.WriteNumber("LockDelay"u8, session.LockDelay);
        json.WriteString("Behavior"u8, session.Behavior);
        json.WriteString("TTL"u8, session.Ttl);
        WireJson.TextsOrNull(json, "NodeChecks"u8, session.NodeChecks);
        ServiceChecks(json, session.ServiceChecks);
        if (session.Checks is { Count: > 0 } checks)
        {
            WireJson.Texts(json, "Checks"u8, checks);
        }

        WireJson.Indexes(json, session.CreateIndex, session.ModifyIndex);
        json.WriteEndObject();
    }

    private static void ServiceChecks(Utf8JsonWriter json, IReadOnlyList<SessionServiceCheck>? checks)
    {
        if (checks is null)
        {
            json.WriteNull("ServiceChecks"u8);
            return;
        }

        json.WriteStartArray("ServiceChecks"u8);
        foreach (var check in checks)
        {
            json.WriteStartObject();
            json.WriteString("ID"u8, check.Id);
            json.WriteString("Namespace"u8, check.Namespace);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
