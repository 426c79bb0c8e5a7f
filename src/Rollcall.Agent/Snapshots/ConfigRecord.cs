using System.Buffers;
using System.Globalization;
using System.Text;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Snapshots;

/// <summary>Config entries in snapshots: bytes that hold the kind and, after it, a request to store the entry, with all its fields.</summary>
internal static class ConfigRecord
{
    public static byte[] Write(ConfigEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MsgPackWriter(buffer);
        writer.Text(entry.Kind);
        writer.MapHead(4);
        writer.Text("Datacenter");
        writer.Text("");
        writer.Text("Entry");
        if (entry.Kind == ConfigKinds.ProxyDefaults)
        {
            var inner = new ArrayBufferWriter<byte>();
            Entry(new MsgPackWriter(inner), entry);
            writer.Raw(inner.WrittenSpan);
        }
        else
        {
            Entry(writer, entry);
        }

        writer.Text("Op");
        writer.Text("");
        writer.Text("Token");
        writer.Text("");
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Null: it is none, or of a kind that is not known.</summary>
    public static ConfigEntry? Read(byte[] record)
    {
        var reader = new MsgPackReader(record);
        if (!reader.TryRead(out var kindBytes) || MsgPackMap.AsText(kindBytes) is not { } kind || !ConfigKinds.Knows(kind) || !reader.TryRead(out var body) || body is not MsgPackMap request)
        {
            return null;
        }

        // The settings of all proxies are bytes once more.
        var value = request.Values.GetValueOrDefault("Entry");
        if (value is byte[] bytes)
        {
            new MsgPackReader(bytes).TryRead(out value);
        }

        return value is not MsgPackMap entry || ConfigDecoder.Decode(Value(entry), ConfigKinds.FieldsOf(kind), out _, lenient: true) is not { } fields ? null
            : ConfigReader.Entry(kind, entry.Text("Name"), fields) with { CreateIndex = entry.Unsigned("CreateIndex"), ModifyIndex = entry.Unsigned("ModifyIndex") };
    }

    private static void Entry(MsgPackWriter writer, ConfigEntry entry)
    {
        var fields = ConfigKinds.FieldsOf(entry.Kind);
        writer.MapHead(fields.Count + 4);
        writer.Text("Kind");
        writer.Text(entry.Kind);
        writer.Text("Name");
        writer.Text(entry.Name);
        Members(writer, fields, ConfigReader.FieldsOf(entry));
        writer.Text("CreateIndex");
        writer.Number(entry.CreateIndex);
        writer.Text("ModifyIndex");
        writer.Number(entry.ModifyIndex);
    }

    private static void Members(MsgPackWriter writer, IReadOnlyList<ConfigField> fields, GoValue values)
    {
        foreach (var field in fields)
        {
            writer.Text(field.Name);
            Field(writer, field, values[field.Name]);
        }
    }

    private static void Field(MsgPackWriter writer, ConfigField field, GoValue value)
    {
        switch (field.Type)
        {
            case ConfigType.Text:
                writer.Text(value.Text);
                break;
            case ConfigType.Duration:
                writer.Number(GoDuration.TryParseNanoseconds(value.Text, out var nanoseconds) ? nanoseconds : 0);
                break;
            case ConfigType.Bool:
                writer.Bool(value.Bool);
                break;
            case ConfigType.Int or ConfigType.Unsigned:
                writer.Number(value.Text.Length == 0 ? 0 : long.Parse(value.Text, CultureInfo.InvariantCulture));
                break;
            case ConfigType.Float:
                writer.Float(value.Text.Length == 0 ? 0 : float.Parse(value.Text, CultureInfo.InvariantCulture));
                break;
            case ConfigType.Struct:
                Struct(writer, field.Fields, value);
                break;
            default:
                if (value.Kind == GoKind.Null)
                {
                    writer.Null();
                }
                else
                {
                    Several(writer, field, value);
                }

                break;
        }
    }

    private static void Several(MsgPackWriter writer, ConfigField field, GoValue value)
    {
        switch (field.Type)
        {
            case ConfigType.Optional:
                Struct(writer, field.Fields, value);
                break;
            case ConfigType.Structs:
                writer.ListHead(value.Items.Count);
                foreach (var item in value.Items)
                {
                    Struct(writer, field.Fields, item);
                }

                break;
            case ConfigType.StructMap:
                writer.MapHead(value.Members.Count);
                foreach (var (name, member) in value.Members)
                {
                    writer.Text(name);
                    Struct(writer, field.Fields, member);
                }

                break;
            case ConfigType.Numbers:
                writer.ListHead(value.Items.Count);
                foreach (var item in value.Items)
                {
                    writer.Number(ulong.Parse(item.Text, CultureInfo.InvariantCulture));
                }

                break;
            default:
                Any(writer, value);
                break;
        }
    }

    private static void Struct(MsgPackWriter writer, IReadOnlyList<ConfigField> fields, GoValue value)
    {
        writer.MapHead(fields.Count);
        Members(writer, fields, value);
    }

    /// <summary>Writes what there are no fields of.</summary>
    public static void Any(MsgPackWriter writer, GoValue value)
    {
        switch (value.Kind)
        {
            case GoKind.Object:
                // Consul 1.8.7 ends at the sight of null in the settings of proxies.
                var members = value.Members.Where(static member => member.Value.Kind != GoKind.Null).ToList();
                writer.MapHead(members.Count);
                foreach (var (name, member) in members)
                {
                    writer.Text(name);
                    Any(writer, member);
                }

                break;
            case GoKind.Array:
                writer.ListHead(value.Items.Count);
                foreach (var item in value.Items)
                {
                    Any(writer, item);
                }

                break;
            case GoKind.Number:
                writer.Float(double.Parse(value.Text, CultureInfo.InvariantCulture));
                break;
            case GoKind.String:
                writer.Text(value.Text);
                break;
            case GoKind.Bool:
                writer.Bool(value.Bool);
                break;
            default:
                writer.Null();
                break;
        }
    }

    /// <summary>What <see cref="Any"/> wrote.</summary>
    public static GoValue Value(object? value) => value switch
    {
        bool flag => flag ? GoValue.True : GoValue.False,
        byte[] bytes => new(GoKind.String) { Text = Encoding.UTF8.GetString(bytes) },
        ulong number => new(GoKind.Number) { Text = number.ToString(CultureInfo.InvariantCulture) },
        long number => new(GoKind.Number) { Text = number.ToString(CultureInfo.InvariantCulture) },
        double number when double.IsFinite(number) => new(GoKind.Number) { Text = GoNumber.Format(number) },
        List<object?> list => new(GoKind.Array) { Items = [.. list.Select(Value)] },
        MsgPackMap map => new(GoKind.Object) { Members = [.. map.Values.Select(static pair => KeyValuePair.Create(pair.Key, Value(pair.Value)))] },
        _ => GoValue.Null,
    };
}
