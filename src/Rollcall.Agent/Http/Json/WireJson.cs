using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Json;

/// <summary>Writes what several answers have in common, field for field in Consul's order.</summary>
internal static class WireJson
{
    public static void Texts(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string>? texts)
    {
        json.WritePropertyName(name);
        Texts(json, texts);
    }

    public static void TextsOrNull(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string>? texts)
    {
        if (texts is null)
        {
            json.WriteNull(name);
        }
        else
        {
            Texts(json, name, texts);
        }
    }

    public static void Texts(Utf8JsonWriter json, IReadOnlyList<string>? texts)
    {
        json.WriteStartArray();
        foreach (var text in texts ?? [])
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    /// <summary>Bytes in base64; null for none.</summary>
    public static void BytesOrNull(Utf8JsonWriter json, ReadOnlySpan<byte> name, byte[]? bytes)
    {
        if (bytes is null)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteBase64String(name, bytes);
        }
    }

    /// <summary>Go sorts the keys of maps.</summary>
    public static void TextMap(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string>? map)
    {
        json.WritePropertyName(name);
        if (map is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        foreach (var (key, value) in InOrder(map))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    public static void TaggedAddresses(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, ServiceAddress>? map)
    {
        if (map is not { Count: > 0 })
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (var (key, value) in InOrder(map))
        {
            json.WriteStartObject(key);
            json.WriteString("Address"u8, value.Address);
            json.WriteNumber("Port"u8, value.Port);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    public static void Weights(Utf8JsonWriter json, ReadOnlySpan<byte> name, ServiceWeights? weights)
    {
        json.WriteStartObject(name);
        json.WriteNumber("Passing"u8, weights?.Passing ?? 1);
        json.WriteNumber("Warning"u8, weights?.Warning ?? 1);
        json.WriteEndObject();
    }

    public static void Indexes(Utf8JsonWriter json, ulong create, ulong modify)
    {
        json.WriteNumber("CreateIndex"u8, create);
        json.WriteNumber("ModifyIndex"u8, modify);
    }

    /// <summary>Opaque, and equal for the same content. No secret may go into it.</summary>
    public static byte[] Hash(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{part.Length}:{part}")));
        }

        return hash.GetHashAndReset();
    }

    /// <summary>A point in time as Go writes it.</summary>
    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    public static void Node(Utf8JsonWriter json, CatalogNode node)
    {
        json.WriteStartObject();
        json.WriteString("ID"u8, node.Id);
        json.WriteString("Node"u8, node.Node);
        json.WriteString("Address"u8, node.Address);
        json.WriteString("Datacenter"u8, node.Datacenter);
        TextMap(json, "TaggedAddresses"u8, node.TaggedAddresses);
        TextMap(json, "Meta"u8, node.Meta);
        Indexes(json, node.CreateIndex, node.ModifyIndex);
        json.WriteEndObject();
    }

    /// <summary>A place in the network.</summary>
    public static void Coordinate(Utf8JsonWriter json, NetworkCoordinate place)
    {
        json.WriteStartObject();
        json.WriteStartArray("Vec"u8);
        foreach (var value in place.Vec)
        {
            GoNumber.Write(json, value);
        }

        json.WriteEndArray();
        json.WritePropertyName("Error"u8);
        GoNumber.Write(json, place.Error);
        json.WritePropertyName("Adjustment"u8);
        GoNumber.Write(json, place.Adjustment);
        json.WritePropertyName("Height"u8);
        GoNumber.Write(json, place.Height);
        json.WriteEndObject();
    }

    /// <param name="json">Where to.</param>
    /// <param name="service">The service.</param>
    /// <param name="emptyIsNull">Where Consul does not make empty lists of those that were not given.</param>
    public static void Service(Utf8JsonWriter json, NodeService service, bool emptyIsNull = false)
    {
        json.WriteStartObject();
        TextIfSet(json, "Kind"u8, service.Kind);
        json.WriteString("ID"u8, service.Id);
        json.WriteString("Service"u8, service.Service);
        Tags(json, "Tags"u8, service.Tags, emptyIsNull);
        json.WriteString("Address"u8, service.Address);
        TaggedAddresses(json, "TaggedAddresses"u8, service.TaggedAddresses);
        TextMap(json, "Meta"u8, service.Meta);
        json.WriteNumber("Port"u8, service.Port);
        Weights(json, "Weights"u8, service.Weights);
        json.WriteBoolean("EnableTagOverride"u8, service.EnableTagOverride);
        MeshJson.Parts(json, "Proxy"u8, "Connect"u8, service);
        Indexes(json, service.CreateIndex, service.ModifyIndex);
        json.WriteEndObject();
    }

    public static void Check(Utf8JsonWriter json, HealthCheck check, bool emptyIsNull = false)
    {
        CheckHead(json, check);
        Tags(json, "ServiceTags"u8, check.ServiceTags, emptyIsNull);
        json.WriteString("Type"u8, check.Type);
        Definition(json, check.Definition);
        Indexes(json, check.CreateIndex, check.ModifyIndex);
        json.WriteEndObject();
    }

    /// <summary>Opens a check and writes the fields that all answers agree on.</summary>
    public static void CheckHead(Utf8JsonWriter json, HealthCheck check)
    {
        json.WriteStartObject();
        json.WriteString("Node"u8, check.Node);
        json.WriteString("CheckID"u8, check.CheckId);
        json.WriteString("Name"u8, check.Name);
        json.WriteString("Status"u8, check.Status);
        json.WriteString("Notes"u8, check.Notes);
        json.WriteString("Output"u8, check.Output);
        json.WriteString("ServiceID"u8, check.ServiceId);
        json.WriteString("ServiceName"u8, check.ServiceName);
    }

    public static void Checks(Utf8JsonWriter json, IEnumerable<HealthCheck> checks)
    {
        json.WriteStartArray();
        foreach (var check in checks)
        {
            Check(json, check);
        }

        json.WriteEndArray();
    }

    /// <summary>One instance of <c>health/service</c>.</summary>
    public static void HealthEntry(Utf8JsonWriter json, ServiceInstance instance)
    {
        json.WriteStartObject();
        json.WritePropertyName("Node"u8);
        Node(json, instance.Node);
        json.WritePropertyName("Service"u8);
        Service(json, instance.Service);
        json.WriteStartArray("Checks"u8);
        foreach (var (_, check) in instance.NodeChecks)
        {
            Check(json, check);
        }

        foreach (var (_, check) in instance.Checks)
        {
            Check(json, check);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>One instance of <c>catalog/service</c>.</summary>
    public static void CatalogEntry(Utf8JsonWriter json, ServiceInstance instance)
    {
        var (node, service) = (instance.Node, instance.Service);
        json.WriteStartObject();
        json.WriteString("ID"u8, node.Id);
        json.WriteString("Node"u8, node.Node);
        json.WriteString("Address"u8, node.Address);
        json.WriteString("Datacenter"u8, node.Datacenter);
        TextMap(json, "TaggedAddresses"u8, node.TaggedAddresses);
        TextMap(json, "NodeMeta"u8, node.Meta);
        json.WriteString("ServiceKind"u8, service.Kind ?? "");
        json.WriteString("ServiceID"u8, service.Id);
        json.WriteString("ServiceName"u8, service.Service);
        Texts(json, "ServiceTags"u8, service.Tags);
        json.WriteString("ServiceAddress"u8, service.Address);
        TaggedAddresses(json, "ServiceTaggedAddresses"u8, service.TaggedAddresses);
        Weights(json, "ServiceWeights"u8, service.Weights);
        TextMap(json, "ServiceMeta"u8, service.Meta ?? EmptyMap.Instance);
        json.WriteNumber("ServicePort"u8, service.Port);
        json.WriteBoolean("ServiceEnableTagOverride"u8, service.EnableTagOverride);
        MeshJson.Parts(json, "ServiceProxy"u8, "ServiceConnect"u8, service);
        Indexes(json, service.CreateIndex, service.ModifyIndex);
        json.WriteEndObject();
    }

    private static void Tags(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string>? tags, bool emptyIsNull) =>
        TextsOrNull(json, name, tags is { Count: > 0 } || !emptyIsNull ? tags ?? [] : null);

    private static void Definition(Utf8JsonWriter json, HealthCheckDefinition? definition)
    {
        json.WriteStartObject("Definition"u8);
        if (definition is not null)
        {
            WriteIfSet(json, "Interval"u8, definition.Interval);
            WriteIfSet(json, "Timeout"u8, definition.Timeout);
            WriteIfSet(json, "DeregisterCriticalServiceAfter"u8, definition.DeregisterCriticalServiceAfter);
            WriteIfSet(json, "HTTP"u8, definition.Http);
            if (definition.TlsSkipVerify)
            {
                json.WriteBoolean("TLSSkipVerify"u8, true);
            }

            if (definition.Header is not null)
            {
                json.WriteStartObject("Header"u8);
                foreach (var (name, values) in InOrder(definition.Header))
                {
                    json.WritePropertyName(name);
                    Texts(json, values);
                }

                json.WriteEndObject();
            }

            WriteIfSet(json, "Method"u8, definition.Method);
            WriteIfSet(json, "Body"u8, definition.Body);
            WriteIfSet(json, "TCP"u8, definition.Tcp);
        }

        json.WriteEndObject();
    }

    /// <summary>Leaves a member out that is empty.</summary>
    public static void TextIfSet(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is { Length: > 0 })
        {
            json.WriteString(name, text);
        }
    }

    private static void WriteIfSet(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static IEnumerable<KeyValuePair<string, T>> InOrder<T>(IReadOnlyDictionary<string, T> map) =>
        map.Count < 2 ? map : map.OrderBy(pair => pair.Key, StringComparer.Ordinal);
}
