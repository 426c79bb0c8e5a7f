using System.Globalization;
using System.Text;
using System.Text.Json;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.ConfigEntries;

/// <summary>Reads the body of <c>config</c>, and the entries of configuration files.</summary>
internal static class ConfigReader
{
    /// <summary>
    /// How deep a <c>Config</c> may nest, itself included. Consul has no bound. Here it is kept in rows and snapshots, in which it lies deeper, and whoever reads
    /// answers has mostly a bound of 64 for a whole one.
    /// </summary>
    public const int MaxDepth = 32;

    /// <summary>What is said of one that is deeper.</summary>
    public static readonly string TooDeep = string.Create(CultureInfo.InvariantCulture, $"must not nest deeper than {MaxDepth} levels");

    private static readonly ConfigField[] s_head = [new("Kind", ConfigType.Text, true), new("Name", ConfigType.Text, true)];

    /// <summary>Null, with the fault: it is none.</summary>
    public static ConfigEntry? Read(ReadOnlySpan<byte> body, out string fault) =>
        GoJsonParser.Parse(body, out fault) is { } value ? Read(value, out fault) : null;

    /// <inheritdoc cref="Read(ReadOnlySpan{byte}, out string)"/>
    public static ConfigEntry? Read(GoValue value, out string fault)
    {
        if (value.Kind is not (GoKind.Object or GoKind.Null))
        {
            fault = ConfigDecoder.NoMap(value, "");
            return null;
        }

        var kind = (value.Members.LastOrDefault(static member => member.Key == "Kind").Value ?? value.Members.LastOrDefault(static member => member.Key == "kind").Value)?.Text ?? "";
        fault = !value.Members.Any(static member => member.Key is "Kind" or "kind") ? "Payload does not contain a kind/Kind key at the top level"
            : value.Members.Any(static member => member.Key is "Kind" or "kind" && member.Value.Kind != GoKind.String) ? "Kind value in payload is not a string"
            : !ConfigKinds.Knows(kind) ? $"invalid config entry kind: {kind}"
            : "";
        if (fault.Length > 0 || ConfigDecoder.Decode(value, [.. s_head, .. ConfigKinds.FieldsOf(kind)], out fault) is not { } entry)
        {
            return null;
        }

        if (entry.Members.FirstOrDefault(static member => member.Value.Depth > MaxDepth).Key is { } deep)
        {
            fault = $"1 error(s) decoding:\n\n* '{deep}' {TooDeep}";
            return null;
        }

        return Entry(kind, kind == ConfigKinds.ProxyDefaults ? ConfigKinds.Global : entry.Members[1].Value.Text, entry with { Members = [.. entry.Members.Skip(s_head.Length)] });
    }

    /// <summary>An entry of a kind that is known.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name.</param>
    /// <param name="fields">What <see cref="ConfigDecoder"/> makes of the rest.</param>
    public static ConfigEntry Entry(string kind, string name, GoValue fields) => new() { Kind = kind, Name = name, Fields = TextOf(fields) };

    /// <summary>The fields of an entry.</summary>
    public static GoValue FieldsOf(ConfigEntry entry) => GoJsonParser.Parse(Encoding.UTF8.GetBytes(entry.Fields), out _)!;

    /// <summary>A value as JSON.</summary>
    public static string TextOf(GoValue value)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = GoJsonEncoder.Instance }))
        {
            Write(json, value);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>A value as what wire records hold of values that they know no fields of. As deep as it may be: where there is a bound is for who reads it to say.</summary>
    public static JsonElement ElementOf(GoValue value) => JsonElement.Parse(TextOf(value), new JsonDocumentOptions { MaxDepth = 1000 });

    /// <summary>The value of such.</summary>
    public static GoValue ValueOf(JsonElement element) => GoJsonParser.Parse(Encoding.UTF8.GetBytes(element.GetRawText()), out _)!;

    /// <summary>Writes fields, or one of them, as they are shown.</summary>
    public static void Write(Utf8JsonWriter json, GoValue value)
    {
        switch (value.Kind)
        {
            case GoKind.Object:
                json.WriteStartObject();
                foreach (var (name, member) in value.Members)
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
                json.WriteRawValue(value.Text, skipInputValidation: true);
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
