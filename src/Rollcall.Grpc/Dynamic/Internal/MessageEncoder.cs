using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Writes the wire form of one message given as JSON. Every method returns false, and sets the fault, at JSON that does not fit.</summary>
internal sealed class MessageEncoder
{
    private readonly MessageCatalog _catalog;
    private readonly WireWriter _output;
    private readonly JsonFault _fault;
    private readonly bool _ignoreUnknown;
    private readonly WellKnownEncoder _wellKnown;
    private int _depth;

    public MessageEncoder(MessageCatalog catalog, WireWriter output, JsonFault fault, bool ignoreUnknown, bool allowPartial, bool allowUnknownTypes)
    {
        (_catalog, _output, _fault, _ignoreUnknown, AllowPartial) = (catalog, output, fault, ignoreUnknown, allowPartial);
        _wellKnown = new WellKnownEncoder(this, catalog, output, fault, allowUnknownTypes);
    }

    /// <summary>Whether required fields may be missing in what is written now.</summary>
    public bool AllowPartial { get; set; }

    /// <summary>Writes the fields of a message whose JSON may be of any kind.</summary>
    public bool TryWrite(MessageDescriptor type, JsonElement json)
    {
        if (_depth == DynamicJson.MaxDepth)
        {
            return _fault.Set($"nested more than {DynamicJson.MaxDepth} deep");
        }

        _depth++;
        var written = _wellKnown.TryWrite(type, json, out var isWellKnown);
        written = isWellKnown ? written : TryWriteFields(type, json, except: null);
        _depth--;
        return written;
    }

    /// <summary>Writes the fields of a message whose JSON is an object.</summary>
    /// <param name="type">The message.</param>
    /// <param name="json">The object.</param>
    /// <param name="except">A member that is no field; null for none.</param>
    public bool TryWriteFields(MessageDescriptor type, JsonElement json, string? except)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return _fault.SetExpected($"an object ({type.FullName})", json);
        }

        if (!TryCollect(type, json, except, out var members))
        {
            return false;
        }

        // Fields are written in the order of their numbers, as generated code does.
        members.Sort(static (a, b) => a.Field.FieldNumber.CompareTo(b.Field.FieldNumber));
        if (!TryCheck(type, members))
        {
            return false;
        }

        foreach (var (name, field, value) in members)
        {
            if (!TryWriteField(field, value))
            {
                return _fault.In(name);
            }
        }

        return true;
    }

    /// <summary>Writes one value of a field that is no message, under its number.</summary>
    public bool TryWriteScalar(FieldType type, EnumDescriptor? enumeration, int number, JsonElement json, bool skipDefault)
    {
        switch (type)
        {
            case FieldType.String:
                if (json.ValueKind != JsonValueKind.String || !JsonText.TryGet(json, out var text))
                {
                    return _fault.SetExpected("text", json);
                }

                if (!skipDefault || text.Length > 0)
                {
                    _output.WriteTextField(number, text);
                }

                return true;
            case FieldType.Bytes:
                if (json.ValueKind != JsonValueKind.String || !JsonText.TryGet(json, out var encoded) || !Base64Text.TryDecode(encoded, out var bytes))
                {
                    return _fault.SetExpected("bytes in base64", json);
                }

                if (!skipDefault || bytes.Length > 0)
                {
                    _output.WriteBytesField(number, bytes);
                }

                return true;
            default:
                if (!TryEncodeNumber(type, enumeration, json, out var bits))
                {
                    return false;
                }

                if (!skipDefault || bits != 0)
                {
                    _output.WriteNumberField(number, type.ToWireType(), bits);
                }

                return true;
        }
    }

    private bool TryCollect(
        MessageDescriptor type, JsonElement json, string? except, out List<(string Name, FieldDescriptor Field, JsonElement Value)> members)
    {
        members = [];
        foreach (var property in json.EnumerateObject())
        {
            if (!JsonText.TryGetName(property, out var name))
            {
                return _fault.Set("a member's name is no valid text");
            }

            if (name == except)
            {
                continue;
            }

            if (_catalog.FindFieldByJsonName(type, name) is not { } field)
            {
                if (_ignoreUnknown)
                {
                    continue;
                }

                return _fault.Set($"no such field in {type.FullName}; {DescribeFields(type)}") || _fault.In(name);
            }

            if (property.Value.ValueKind != JsonValueKind.Null || (field.TakesNull() && !field.IsRepeated))
            {
                members.Add((name, field, property.Value));
            }
        }

        return true;
    }

    private static string DescribeFields(MessageDescriptor type)
    {
        const int MaxNames = 20;
        var fields = type.Fields.InDeclarationOrder();
        return fields.Count == 0
            ? "it has none"
            : $"it has {string.Join(", ", fields.Take(MaxNames).Select(field => field.JsonName))}{(fields.Count > MaxNames ? ", …" : "")}";
    }

    /// <summary>Nothing twice, one of a oneof only, and nothing missing that is required, unless that may be.</summary>
    private bool TryCheck(MessageDescriptor type, List<(string Name, FieldDescriptor Field, JsonElement Value)> members)
    {
        var chosen = new Dictionary<OneofDescriptor, string>();
        for (var i = 0; i < members.Count; i++)
        {
            var (name, field, _) = members[i];
            if (i > 0 && members[i - 1].Field == field)
            {
                return _fault.Set("given twice") || _fault.In(name);
            }

            if (field.RealContainingOneof is { } oneof && !chosen.TryAdd(oneof, name))
            {
                return _fault.Set($"cannot be given together with {chosen[oneof]}, because both are of the oneof {oneof.Name}") || _fault.In(name);
            }
        }

        if (AllowPartial)
        {
            return true;
        }

        var missing = type.Fields.InDeclarationOrder().FirstOrDefault(field => field.IsRequired && members.All(member => member.Field != field));
        return missing is null || _fault.Set("required, and not given") || _fault.In(missing.JsonName);
    }

    private bool TryWriteField(FieldDescriptor field, JsonElement value)
    {
        if (field.IsMap)
        {
            return TryWriteMap(field, value);
        }

        if (field.IsRepeated)
        {
            return TryWriteRepeated(field, value);
        }

        return field.FieldType.IsMessage()
            ? TryWriteMessage(field, value)
            : TryWriteScalar(field.FieldType, EnumOf(field), field.FieldNumber, value, skipDefault: !field.TracksPresence());
    }

    private bool TryWriteMessage(FieldDescriptor field, JsonElement value)
    {
        if (_catalog.IsGroup(field))
        {
            _output.WriteTag(field.FieldNumber, WireType.StartGroup);
            var written = TryWrite(field.MessageType, value);
            _output.WriteTag(field.FieldNumber, WireType.EndGroup);
            return written;
        }

        var start = _output.Begin(field.FieldNumber);
        if (!TryWrite(field.MessageType, value))
        {
            return false;
        }

        _output.End(start);
        return true;
    }

    private bool TryWriteRepeated(FieldDescriptor field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return _fault.SetExpected("an array", value);
        }

        if (value.GetArrayLength() == 0)
        {
            return true;
        }

        var start = field.LiesPacked() ? _output.Begin(field.FieldNumber) : 0;
        var index = 0;
        foreach (var element in value.EnumerateArray())
        {
            if (!TryWriteElement(field, element))
            {
                return _fault.In(index);
            }

            index++;
        }

        if (field.LiesPacked())
        {
            _output.End(start);
        }

        return true;
    }

    private bool TryWriteElement(FieldDescriptor field, JsonElement element)
    {
        if (field.FieldType.IsMessage())
        {
            return TryWriteMessage(field, element);
        }

        if (!field.LiesPacked())
        {
            return TryWriteScalar(field.FieldType, EnumOf(field), field.FieldNumber, element, skipDefault: false);
        }

        if (!TryEncodeNumber(field.FieldType, EnumOf(field), element, out var bits))
        {
            return false;
        }

        _output.WriteNumber(field.FieldType.ToWireType(), bits);
        return true;
    }

    private bool TryWriteMap(FieldDescriptor field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return _fault.SetExpected("an object, which is a map", value);
        }

        var (keyField, valueField) = (field.MessageType.FindFieldByNumber(1), field.MessageType.FindFieldByNumber(2));
        var keys = new HashSet<(string?, ulong)>();
        foreach (var property in value.EnumerateObject())
        {
            if (!JsonText.TryGetName(property, out var name))
            {
                return _fault.Set("a key is no valid text");
            }

            var start = _output.Begin(field.FieldNumber);
            if (!TryWriteKey(keyField, name, keys) || !TryWriteEntryValue(valueField, property.Value))
            {
                return _fault.InKey(name);
            }

            _output.End(start);
        }

        return true;
    }

    // Key and value of an entry are left out where they are zero or empty, as generated code does.
    private bool TryWriteKey(FieldDescriptor field, string key, HashSet<(string?, ulong)> keys)
    {
        if (field.FieldType == FieldType.String)
        {
            if (key.Length > 0)
            {
                _output.WriteTextField(field.FieldNumber, key);
            }

            return keys.Add((key, 0)) || _fault.Set("given twice");
        }

        if (!ScalarEncoder.TryEncodeKey(field.FieldType, key, _fault, out var bits))
        {
            return false;
        }

        if (bits != 0)
        {
            _output.WriteNumberField(field.FieldNumber, field.FieldType.ToWireType(), bits);
        }

        return keys.Add((null, bits)) || _fault.Set("given twice");
    }

    private bool TryWriteEntryValue(FieldDescriptor field, JsonElement value) => field.FieldType.IsMessage()
        ? TryWriteMessage(field, value)
        : TryWriteScalar(field.FieldType, EnumOf(field), field.FieldNumber, value, skipDefault: true);

    private bool TryEncodeNumber(FieldType type, EnumDescriptor? enumeration, JsonElement json, out ulong bits) => enumeration is null
        ? ScalarEncoder.TryEncode(type, json, _fault, out bits)
        : ScalarEncoder.TryEncodeEnum(enumeration, json, _fault, out bits);

    private static EnumDescriptor? EnumOf(FieldDescriptor field) => field.FieldType == FieldType.Enum ? field.EnumType : null;
}
