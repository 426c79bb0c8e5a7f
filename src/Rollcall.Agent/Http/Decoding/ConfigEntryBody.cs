using System.Globalization;
using System.Text;
using System.Text.Json;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>config</c>, whose fields may be written in camel case or with underscores, and whose texts may be numbers.</summary>
internal static class ConfigEntryBody
{
    private static readonly string[] s_meshKinds = ["service-router", "service-splitter", "service-resolver", "ingress-gateway", "terminating-gateway"];

    public static bool IsKind(string kind) => kind is ConfigEntry.ServiceDefaults or ConfigEntry.ProxyDefaults || s_meshKinds.Contains(kind);

    /// <summary>Null, with the fault: it is none.</summary>
    public static ConfigEntry? Read(ReadOnlySpan<byte> body, out string fault)
    {
        fault = "";
        if (GoJsonParser.Parse(body, out var syntax) is not { } value)
        {
            fault = syntax!;
            return null;
        }

        if (value.Kind != GoKind.Object || Find(value, "kind") is not { Kind: GoKind.String } kind)
        {
            fault = value.Kind is GoKind.Object or GoKind.Null
                ? "Payload does not contain a kind/Kind key at the top level"
                : $"json: cannot unmarshal {value.Kind.ToString().ToLowerInvariant()} into Go value of type map[string]interface {{}}";
            return null;
        }

        if (!IsKind(kind.Text))
        {
            fault = $"invalid config entry kind: {kind.Text}";
            return null;
        }

        if (s_meshKinds.Contains(kind.Text))
        {
            fault = $"kind \"{kind.Text}\" is not supported: this agent has no service mesh. Use {ConfigEntry.ServiceDefaults} and {ConfigEntry.ProxyDefaults}, or a Consul agent.";
            return null;
        }

        return Fields(value, kind.Text, out fault);
    }

    private static ConfigEntry? Fields(GoValue value, string kind, out string fault)
    {
        var entry = new ConfigEntry { Kind = kind };
        var faults = new List<string>();
        foreach (var (name, member) in value.Members)
        {
            switch (Fold(name))
            {
                case "kind" or "createindex" or "modifyindex":
                    break;
                case "name":
                    entry = entry with { Name = Text(member) };
                    break;
                case "protocol" when kind == ConfigEntry.ServiceDefaults:
                    entry = entry with { Protocol = Text(member).ToLowerInvariant() };
                    break;
                case "externalsni" when kind == ConfigEntry.ServiceDefaults:
                    entry = entry with { ExternalSni = Text(member) };
                    break;
                case "config" when kind == ConfigEntry.ProxyDefaults && member.Kind == GoKind.Object:
                    entry = entry with { Config = Json(member) };
                    break;
                case "meshgateway" when member.Kind == GoKind.Object:
                    entry = entry with { MeshGatewayMode = Find(member, "mode") is { } mode ? Text(mode) : "" };
                    break;
                case "meta" when member.Kind == GoKind.Object:
                    entry = entry with { Meta = member.Members.ToDictionary(static pair => pair.Key, static pair => Text(pair.Value), StringComparer.Ordinal) };
                    break;
                case "config" or "meshgateway" or "meta" when member.Kind == GoKind.Null:
                    break;
                default:
                    faults.Add($"invalid config key \"{name}\"");
                    break;
            }
        }

        fault = GoErrors.Join(faults) ?? "";
        return faults.Count > 0 ? null : kind == ConfigEntry.ProxyDefaults ? entry with { Name = "global" } : entry;
    }

    private static GoValue? Find(GoValue value, string name) => value.Members.LastOrDefault(pair => Fold(pair.Key) == name).Value;

    private static string Fold(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string Text(GoValue value) => value.Kind switch { GoKind.Bool => value.Bool ? "1" : "0", _ => value.Text };

    private static string Json(GoValue value)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = GoJsonEncoder.Instance }))
        {
            Write(json, value);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    // As Go writes a map: keys in order.
    private static void Write(Utf8JsonWriter json, GoValue value)
    {
        switch (value.Kind)
        {
            case GoKind.Object:
                json.WriteStartObject();
                foreach (var (name, member) in value.Members.GroupBy(static pair => pair.Key, StringComparer.Ordinal).Select(static group => group.Last())
                    .OrderBy(static pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WritePropertyName(name);
                    Write(json, member);
                }

                json.WriteEndObject();
                break;
            case GoKind.Array:
                json.WriteStartArray();
                foreach (var item in value.Items)
                {
                    Write(json, item);
                }

                json.WriteEndArray();
                break;
            case GoKind.Number:
                GoNumber.Write(json, double.Parse(value.Text, CultureInfo.InvariantCulture));
                break;
            case GoKind.String:
                json.WriteStringValue(value.Text);
                break;
            case GoKind.Bool:
                json.WriteBooleanValue(value.Bool);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }
}
