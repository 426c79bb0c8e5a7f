using System.Text;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>
/// Writes the JSON of one message given in its wire form. Every method returns false, and sets the fault, at bytes that are no such message; what was
/// written until then is worthless.
/// </summary>
internal sealed class MessageDecoder
{
    private readonly MessageCatalog _catalog;
    private readonly Utf8JsonWriter _output;
    private readonly JsonFault _fault;
    private readonly bool _writeDefaults;
    private readonly WellKnownDecoder _wellKnown;
    private int _depth;

    public MessageDecoder(MessageCatalog catalog, Utf8JsonWriter output, JsonFault fault, bool writeDefaults)
    {
        (_catalog, _output, _fault, _writeDefaults) = (catalog, output, fault, writeDefaults);
        _wellKnown = new WellKnownDecoder(this, catalog, output, fault);
    }

    /// <summary>Writes the value that stands for a message.</summary>
    public bool TryWrite(MessageDescriptor type, ReadOnlySpan<byte> message)
    {
        if (_depth == DynamicJson.MaxDepth)
        {
            return _fault.Set($"nested more than {DynamicJson.MaxDepth} deep");
        }

        _depth++;
        var written = _wellKnown.TryWrite(type, message, out var isWellKnown);
        if (!isWellKnown)
        {
            _output.WriteStartObject();
            written = TryWriteMembers(type, message);
            if (written)
            {
                _output.WriteEndObject();
            }
        }

        _depth--;
        return written;
    }

    /// <summary>Writes the members of the object that stands for a message.</summary>
    public bool TryWriteMembers(MessageDescriptor type, ReadOnlySpan<byte> message)
    {
        if (!WireFields.TryRead(message, out var fields))
        {
            return _fault.Set($"the bytes are no {type.FullName}");
        }

        foreach (var field in type.Fields.InFieldNumberOrder())
        {
            if (!TryWriteMember(field, fields, message))
            {
                return _fault.In(field.JsonName);
            }
        }

        foreach (var number in fields.Numbers())
        {
            if (type.FindFieldByNumber(number) is null or { IsExtension: true }
                && _catalog.FindExtension(type, number) is { } extension
                && !TryWriteMember(extension, fields, message))
            {
                return _fault.In(extension.ToJsonName());
            }
        }

        return true;
    }

    /// <summary>Writes a value that is no message.</summary>
    public void WriteScalar(FieldType type, EnumDescriptor? enumeration, WireValue value, ReadOnlySpan<byte> message)
    {
        switch (type)
        {
            case FieldType.String:
                _output.WriteStringValue(Encoding.UTF8.GetString(value.ContentIn(message)));
                break;
            case FieldType.Bytes:
                _output.WriteBase64StringValue(value.ContentIn(message));
                break;
            default:
                ScalarDecoder.Write(_output, type, enumeration, value.Bits);
                break;
        }
    }

    private bool TryWriteMember(FieldDescriptor field, WireFields fields, ReadOnlySpan<byte> message)
    {
        var values = SelectCurrent(field, fields);
        if (field.IsRepeated)
        {
            return TryWriteMany(field, values, message);
        }

        var (isMessage, wireType) = (field.FieldType.IsMessage(), field.FieldType.ToWireType());
        for (var i = values.Length - 1; i >= 0; i--)
        {
            if (isMessage ? values[i].HasContent : values[i].Type == wireType)
            {
                return TryWriteOne(field, values[..(i + 1)], message);
            }
        }

        if (_writeDefaults && !field.TracksPresence())
        {
            _output.WritePropertyName(field.ToJsonName());
            WriteScalar(field.FieldType, EnumOf(field), default, default);
        }

        return true;
    }

    /// <summary>Of the members of a oneof the last one counts: its values behind the last of any other.</summary>
    private static ReadOnlySpan<WireValue> SelectCurrent(FieldDescriptor field, WireFields fields)
    {
        var values = fields.Find(field.FieldNumber);
        if (values.IsEmpty || field.RealContainingOneof is not { } oneof)
        {
            return values;
        }

        var end = -1;
        foreach (var other in oneof.Fields)
        {
            if (other != field && fields.Find(other.FieldNumber) is [.., var last])
            {
                end = Math.Max(end, last.Offset);
            }
        }

        var first = 0;
        while (first < values.Length && values[first].Offset < end)
        {
            first++;
        }

        return values[first..];
    }

    private bool TryWriteOne(FieldDescriptor field, ReadOnlySpan<WireValue> values, ReadOnlySpan<byte> message)
    {
        var last = values[^1];
        if (!field.FieldType.IsMessage())
        {
            // A zero on the wire, where presence is not tracked, is as good as nothing.
            var isZero = last.Bits == 0 && last.Length == 0;
            if (!isZero || field.TracksPresence() || _writeDefaults)
            {
                _output.WritePropertyName(field.ToJsonName());
                WriteScalar(field.FieldType, EnumOf(field), last, message);
            }

            return true;
        }

        _output.WritePropertyName(field.ToJsonName());
        return TryWriteMerged(field.MessageType, values, message);
    }

    /// <summary>Messages given in parts are one: their bytes one after the other.</summary>
    private bool TryWriteMerged(MessageDescriptor type, ReadOnlySpan<WireValue> values, ReadOnlySpan<byte> message)
    {
        if (values.Length == 1)
        {
            return TryWrite(type, values[0].ContentIn(message));
        }

        var merged = new List<byte>();
        foreach (var value in values)
        {
            // Two parts that are broken might be none together.
            if (value.HasContent && !WireFields.TryRead(value.ContentIn(message), out _))
            {
                return _fault.Set($"the bytes are no {type.FullName}");
            }

            merged.AddRange(value.ContentIn(message));
        }

        return TryWrite(type, merged.ToArray());
    }

    private bool TryWriteMany(FieldDescriptor field, ReadOnlySpan<WireValue> values, ReadOnlySpan<byte> message)
    {
        if (!_writeDefaults && !HasElement(field, values))
        {
            return true;
        }

        _output.WritePropertyName(field.ToJsonName());
        if (field.IsMap)
        {
            return TryWriteEntries(field, values, message);
        }

        _output.WriteStartArray();
        var index = 0;
        foreach (var value in values)
        {
            if (!TryWriteElements(field, value, message, ref index))
            {
                return false;
            }
        }

        _output.WriteEndArray();
        return true;
    }

    /// <summary>A field may be there and hold nothing: packed without numbers, or of another type than is declared.</summary>
    private static bool HasElement(FieldDescriptor field, ReadOnlySpan<WireValue> values)
    {
        var (isMessage, isNumber, wireType) = (field.FieldType.IsMessage(), field.FieldType.IsNumber(), field.FieldType.ToWireType());
        foreach (var value in values)
        {
            if (isMessage ? value.HasContent : value.Type == wireType || (isNumber && value is { Type: WireType.LengthDelimited, Length: > 0 }))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes an element, or all of a packed field. Readers take both forms, whichever is declared.</summary>
    private bool TryWriteElements(FieldDescriptor field, WireValue value, ReadOnlySpan<byte> message, ref int index)
    {
        if (field.FieldType.IsMessage())
        {
            return !value.HasContent || (TryWrite(field.MessageType, value.ContentIn(message)) ? index++ >= 0 : _fault.In(index));
        }

        var wireType = field.FieldType.ToWireType();
        if (value.Type == wireType)
        {
            WriteScalar(field.FieldType, EnumOf(field), value, message);
            index++;
        }
        else if (value.Type == WireType.LengthDelimited && field.FieldType.IsNumber())
        {
            var packed = new WireReader(value.ContentIn(message));
            while (!packed.IsAtEnd)
            {
                if (!packed.TryReadNumber(wireType, out var bits))
                {
                    return _fault.Set("the bytes are no packed numbers") || _fault.In(index);
                }

                ScalarDecoder.Write(_output, field.FieldType, EnumOf(field), bits);
                index++;
            }
        }

        return true;
    }

    private bool TryWriteEntries(FieldDescriptor field, ReadOnlySpan<WireValue> entries, ReadOnlySpan<byte> message)
    {
        var (keyField, valueField) = (field.MessageType.FindFieldByNumber(1), field.MessageType.FindFieldByNumber(2));

        // The last entry of a key counts. What is kept is where each entry lies, in the order in which the keys came first.
        var order = new List<string>();
        var last = new Dictionary<string, WireValue>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (!entry.HasContent)
            {
                continue;
            }

            if (!WireFields.TryRead(entry.ContentIn(message), out var parts))
            {
                return _fault.Set("an entry's bytes are none");
            }

            var key = ReadKey(keyField, parts, entry.ContentIn(message));
            if (!last.ContainsKey(key))
            {
                order.Add(key);
            }

            last[key] = entry;
        }

        _output.WriteStartObject();
        foreach (var key in order)
        {
            _output.WritePropertyName(key);
            if (!TryWriteEntryValue(valueField, last[key].ContentIn(message)))
            {
                return _fault.InKey(key);
            }
        }

        _output.WriteEndObject();
        return true;
    }

    private static string ReadKey(FieldDescriptor field, WireFields parts, ReadOnlySpan<byte> entry)
    {
        _ = parts.TryFindLast(field.FieldNumber, field.FieldType.ToWireType(), out var value);
        return field.FieldType == FieldType.String ? Encoding.UTF8.GetString(value.ContentIn(entry)) : ScalarDecoder.FormatKey(field.FieldType, value.Bits);
    }

    private bool TryWriteEntryValue(FieldDescriptor field, ReadOnlySpan<byte> entry)
    {
        // An entry was read before, when its key was looked for.
        _ = WireFields.TryRead(entry, out var parts);
        var values = parts.Find(field.FieldNumber);
        if (field.FieldType.IsMessage())
        {
            return TryWriteMerged(field.MessageType, values, entry);
        }

        _ = parts.TryFindLast(field.FieldNumber, field.FieldType.ToWireType(), out var value);
        WriteScalar(field.FieldType, EnumOf(field), value, entry);
        return true;
    }

    private static EnumDescriptor? EnumOf(FieldDescriptor field) => field.FieldType == FieldType.Enum ? field.EnumType : null;
}
