using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Rollcall.Conformance.Tests.Http;

/// <summary>
/// JSON with what differs from agent to agent replaced by its kind, so that answers of two agents can be compared as text: names,
/// their order, null against [] against {}, and every other value stay.
/// </summary>
internal static partial class JsonShape
{
    private static readonly JsonSerializerOptions s_indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="json">The answer's body.</param>
    /// <param name="node">The name of the agent's node.</param>
    internal static string Of(JsonNode? json, string node) => Normalised(json, "", node)?.ToJsonString(s_indented) ?? "null";

    private static JsonNode? Normalised(JsonNode? json, string name, string node) => json switch
    {
        // The agent's own service has ports and versions of its own; a test of its own looks at it.
        JsonObject o => new JsonObject(
            o.Where(p => p.Key != "consul").Select(p => KeyValuePair.Create(
                p.Key, p.Key == "Output" && IsProbe(o) ? "<output>" : Normalised(p.Value, p.Key, node)))),
        // The tags of a service in catalog/services are a set: Consul gives them in any order.
        JsonArray { Count: > 1 } a when name is not ("Tags" or "ServiceTags") && a.All(e => e?.GetValueKind() == JsonValueKind.String) =>
            new JsonArray([.. a.Select(e => e!.GetValue<string>()).Order(StringComparer.Ordinal).Select(e => (JsonNode)e)]),
        JsonArray a => new JsonArray([.. a.Where(e => !IsOwnService(e)).Select(e => Normalised(e, name, node))]),
        JsonValue v when name is "CreateIndex" or "ModifyIndex" && v.GetValue<ulong>() != 0 => "<index>",
        JsonValue v when name is "ContentHash" && v.GetValueKind() == JsonValueKind.String => "<hash>",
        JsonValue v when v.GetValueKind() == JsonValueKind.String => Text(v.GetValue<string>(), node),
        _ => json?.DeepClone(),
    };

    private static string Text(string value, string node) =>
        Uuid().IsMatch(value) ? "<id>" : value == node ? "<node>" : value;

    private static bool IsOwnService(JsonNode? element) => element is JsonObject o && (string?)o["ID"] == "consul" && o["Service"] is not null;

    // The first probe comes at a random moment, so that the output may be there or not yet.
    private static bool IsProbe(JsonObject check) => (string?)check["Type"] is "http" or "tcp" or "grpc";

    [GeneratedRegex("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    private static partial Regex Uuid();
}
