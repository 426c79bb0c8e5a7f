using System.Text;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>Writes the JSON of messages that have a form of their own there.</summary>
internal sealed class WellKnownDecoder(MessageDecoder messages, MessageCatalog catalog, Utf8JsonWriter output, JsonFault fault)
{
    /// <param name="type">The message.</param>
    /// <param name="message">Its bytes.</param>
    /// <param name="isWellKnown">False: it is a message like any other, and nothing was written.</param>
    public bool TryWrite(MessageDescriptor type, ReadOnlySpan<byte> message, out bool isWellKnown)
    {
        isWellKnown = WellKnownTypes.IsSpecialInAny(type.FullName) && type.FullName != WellKnownTypes.Empty;
        if (!isWellKnown)
        {
            return false;
        }

        if (!WireFields.TryRead(message, out var fields))
        {
            return fault.Set($"the bytes are no {type.FullName}");
        }

        switch (type.FullName)
        {
            case WellKnownTypes.Any:
                return TryWriteAny(fields, message);
            case WellKnownTypes.Timestamp or WellKnownTypes.Duration:
                return TryWriteTime(type, fields);
            case WellKnownTypes.FieldMask:
                return TryWriteFieldMask(fields, message);
            case WellKnownTypes.Struct:
                return TryWriteStruct(fields, message);
            case WellKnownTypes.ListValue:
                return TryWriteList(fields, message);
            case WellKnownTypes.Value:
                return TryWriteValue(fields, message);
            default:
                _ = WellKnownTypes.IsWrapper(type.FullName, out var wrapped);
                _ = fields.TryFindLast(1, wrapped.ToWireType(), out var value);
                messages.WriteScalar(wrapped, null, value, message);
                return true;
        }
    }

    private static string GetText(WireFields fields, int number, ReadOnlySpan<byte> message) =>
        fields.TryFindLast(number, WireType.LengthDelimited, out var value) ? Encoding.UTF8.GetString(value.ContentIn(message)) : "";

    private bool TryWriteTime(MessageDescriptor type, WireFields fields)
    {
        _ = fields.TryFindLast(1, WireType.Varint, out var whole);
        _ = fields.TryFindLast(2, WireType.Varint, out var fraction);
        var (seconds, nanos) = ((long)whole.Bits, (int)fraction.Bits);
        if (!(type.FullName == WellKnownTypes.Timestamp
            ? TimeText.TryFormatTimestamp(seconds, nanos, out var text)
            : TimeText.TryFormatDuration(seconds, nanos, out text)))
        {
            return fault.Set($"{seconds} seconds and {nanos} nanoseconds are no {type.FullName}");
        }

        output.WriteStringValue(text);
        return true;
    }

    private bool TryWriteFieldMask(WireFields fields, ReadOnlySpan<byte> message)
    {
        var paths = new List<string>();
        foreach (var value in fields.Find(1, WireType.LengthDelimited))
        {
            var path = Encoding.UTF8.GetString(value.ContentIn(message));
            if (!FieldMaskText.TryToCamelCase(path, out var camel))
            {
                return fault.Set($"JSON has no form for the path '{path}' of a field mask");
            }

            paths.Add(camel);
        }

        output.WriteStringValue(string.Join(',', paths));
        return true;
    }

    private bool TryWriteStruct(WireFields fields, ReadOnlySpan<byte> message)
    {
        // As in any map, the last entry of a key counts.
        var entries = new OrderedDictionary<string, WireValue>(StringComparer.Ordinal);
        foreach (var entry in fields.Find(1, WireType.LengthDelimited))
        {
            if (!WireFields.TryRead(entry.ContentIn(message), out var parts))
            {
                return fault.Set("an entry's bytes are none");
            }

            entries[GetText(parts, 1, entry.ContentIn(message))] = entry;
        }

        output.WriteStartObject();
        foreach (var (key, entry) in entries)
        {
            output.WritePropertyName(key);
            _ = WireFields.TryRead(entry.ContentIn(message), out var parts);
            _ = parts.TryFindLast(2, WireType.LengthDelimited, out var value);
            if (!messages.TryWrite(WellKnownTypes.ValueDescriptor, value.ContentIn(entry.ContentIn(message))))
            {
                return fault.In(key);
            }
        }

        output.WriteEndObject();
        return true;
    }

    private bool TryWriteList(WireFields fields, ReadOnlySpan<byte> message)
    {
        output.WriteStartArray();
        var index = 0;
        foreach (var value in fields.Find(1, WireType.LengthDelimited))
        {
            if (!messages.TryWrite(WellKnownTypes.ValueDescriptor, value.ContentIn(message)))
            {
                return fault.In(index);
            }

            index++;
        }

        output.WriteEndArray();
        return true;
    }

    private bool TryWriteValue(WireFields fields, ReadOnlySpan<byte> message)
    {
        // Its six fields are a oneof: the last one on the wire counts.
        WireValue chosen = default;
        foreach (var number in fields.Numbers().Where(number => number <= 6))
        {
            var last = fields.Find(number)[^1];
            chosen = last.Offset >= chosen.Offset ? last : chosen;
        }

        switch (chosen.Number, chosen.Type)
        {
            case (2, WireType.Fixed64):
                var real = BitConverter.UInt64BitsToDouble(chosen.Bits);
                if (!double.IsFinite(real))
                {
                    return fault.Set("a google.protobuf.Value cannot be infinite or no number");
                }

                output.WriteNumberValue(real);
                return true;
            case (3, WireType.LengthDelimited):
                messages.WriteScalar(FieldType.String, null, chosen, message);
                return true;
            case (4, WireType.Varint):
                messages.WriteScalar(FieldType.Bool, null, chosen, message);
                return true;
            case (5, WireType.LengthDelimited):
                return messages.TryWrite(WellKnownTypes.StructDescriptor, chosen.ContentIn(message));
            case (6, WireType.LengthDelimited):
                return messages.TryWrite(WellKnownTypes.ListValueDescriptor, chosen.ContentIn(message));
            default:
                output.WriteNullValue();
                return true;
        }
    }

    private bool TryWriteAny(WireFields fields, ReadOnlySpan<byte> message)
    {
        var url = GetText(fields, 1, message);
        var content = fields.TryFindLast(2, WireType.LengthDelimited, out var value) ? value.ContentIn(message) : default;
        output.WriteStartObject();
        if (url.Length > 0 || content.Length > 0)
        {
            output.WriteString(AnyMembers.Type, url);
            if (!TryWriteContent(AnyMembers.FindType(catalog, url), content))
            {
                return false;
            }
        }

        output.WriteEndObject();
        return true;
    }

    private bool TryWriteContent(MessageDescriptor? type, ReadOnlySpan<byte> content)
    {
        if (type is null)
        {
            output.WriteBase64String(AnyMembers.Bytes, content);
            return true;
        }

        if (!WellKnownTypes.IsSpecialInAny(type.FullName))
        {
            return messages.TryWriteMembers(type, content);
        }

        output.WritePropertyName(AnyMembers.Value);
        return messages.TryWrite(type, content) || fault.In(AnyMembers.Value);
    }
}
