using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Dynamic;

/// <summary>
/// Writes the messages that JSON has a form of its own for. Their fields are known by number, whatever a descriptor under the same name says.
/// </summary>
internal sealed class WellKnownEncoder(MessageEncoder messages, MessageCatalog catalog, WireWriter output, JsonFault fault, bool allowUnknownTypes)
{
    private const string NoAddress = "expected the type's address, such as \"type.googleapis.com/google.protobuf.Duration\"";

    /// <param name="type">The message.</param>
    /// <param name="json">Its JSON.</param>
    /// <param name="isWellKnown">False: it is a message like any other, and nothing was written.</param>
    public bool TryWrite(MessageDescriptor type, JsonElement json, out bool isWellKnown)
    {
        isWellKnown = true;
        switch (type.FullName)
        {
            case WellKnownTypes.Any:
                return TryWriteAny(json);
            case WellKnownTypes.Timestamp:
                return (TryGetText(json, out var time) && TimeText.TryReadTimestamp(time, out var seconds, out var nanos) && WriteTime(seconds, nanos))
                    || fault.SetExpected("a time such as \"2006-01-02T15:04:05Z\"", json);
            case WellKnownTypes.Duration:
                return (TryGetText(json, out var duration) && TimeText.TryReadDuration(duration, out seconds, out nanos) && WriteTime(seconds, nanos))
                    || fault.SetExpected("a duration in seconds such as \"1.5s\"", json);
            case WellKnownTypes.FieldMask:
                return TryWriteFieldMask(json);
            case WellKnownTypes.Struct:
                return TryWriteStruct(json);
            case WellKnownTypes.ListValue:
                return TryWriteList(json);
            case WellKnownTypes.Value:
                return TryWriteValue(json);
            default:
                isWellKnown = WellKnownTypes.IsWrapper(type.FullName, out var wrapped);
                return isWellKnown && messages.TryWriteScalar(wrapped, null, 1, json, skipDefault: true);
        }
    }

    private static bool TryGetText(JsonElement json, out string text)
    {
        text = "";
        return json.ValueKind == JsonValueKind.String && JsonText.TryGet(json, out text);
    }

    private bool WriteTime(long seconds, int nanos)
    {
        WriteUnlessZero(1, (ulong)seconds);
        WriteUnlessZero(2, (ulong)nanos);
        return true;
    }

    private void WriteUnlessZero(int number, ulong bits)
    {
        if (bits != 0)
        {
            output.WriteNumberField(number, WireType.Varint, bits);
        }
    }

    private bool TryWriteFieldMask(JsonElement json)
    {
        if (!TryGetText(json, out var paths))
        {
            return fault.SetExpected("paths separated by commas", json);
        }

        foreach (var range in paths.AsSpan().Split(','))
        {
            var path = paths.AsSpan()[range];
            if (path.IsEmpty)
            {
                continue;
            }

            if (!FieldMaskText.TryToSnakeCase(path, out var snake))
            {
                return fault.Set($"the path '{JsonFault.Shorten(path)}' has an underscore; JSON writes it in camel case");
            }

            output.WriteTextField(1, snake);
        }

        return true;
    }

    private bool TryWriteStruct(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return fault.SetExpected("an object", json);
        }

        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in json.EnumerateObject())
        {
            if (!JsonText.TryGetName(property, out var name))
            {
                return fault.Set("a key is no valid text");
            }

            var entry = output.Begin(1);
            output.WriteTextField(1, name);
            var value = output.Begin(2);
            var written = keys.Add(name) ? messages.TryWrite(WellKnownTypes.ValueDescriptor, property.Value) : fault.Set("given twice");
            if (!written)
            {
                return fault.In(JsonFault.Shorten(name));
            }

            output.End(value);
            output.End(entry);
        }

        return true;
    }

    private bool TryWriteList(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Array)
        {
            return fault.SetExpected("an array", json);
        }

        var index = 0;
        foreach (var element in json.EnumerateArray())
        {
            var start = output.Begin(1);
            if (!messages.TryWrite(WellKnownTypes.ValueDescriptor, element))
            {
                return fault.In(index);
            }

            output.End(start);
            index++;
        }

        return true;
    }

    private bool TryWriteValue(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Null:
                output.WriteNumberField(1, WireType.Varint, 0);
                return true;
            case JsonValueKind.Number:
                return messages.TryWriteScalar(FieldType.Double, null, 2, json, skipDefault: false);
            case JsonValueKind.String:
                return messages.TryWriteScalar(FieldType.String, null, 3, json, skipDefault: false);
            case JsonValueKind.True or JsonValueKind.False:
                return messages.TryWriteScalar(FieldType.Bool, null, 4, json, skipDefault: false);
            default:
                var isObject = json.ValueKind == JsonValueKind.Object;
                var start = output.Begin(isObject ? 5 : 6);
                if (!messages.TryWrite(isObject ? WellKnownTypes.StructDescriptor : WellKnownTypes.ListValueDescriptor, json))
                {
                    return false;
                }

                output.End(start);
                return true;
        }
    }

    private bool TryWriteAny(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return fault.SetExpected("an object with \"@type\"", json);
        }

        if (allowUnknownTypes && !json.EnumerateObject().Any())
        {
            return true;
        }

        if (!JsonText.TryFind(json, AnyMembers.Type, out var typeMember) || !TryGetText(typeMember, out var url))
        {
            return fault.Set(NoAddress) || fault.In(AnyMembers.Type);
        }

        output.WriteTextField(1, url);
        return AnyMembers.FindType(catalog, url) is { } type ? TryWriteKnown(type, json) : TryWriteUnknown(url, json);
    }

    // As bytes, whatever the type's name is: so is shown what comes that way.
    private bool TryWriteUnknown(string url, JsonElement json)
    {
        if (allowUnknownTypes && JsonText.TryFind(json, AnyMembers.Bytes, out var bytes))
        {
            return messages.TryWriteScalar(FieldType.Bytes, null, 2, bytes, skipDefault: true) || fault.In(AnyMembers.Bytes);
        }

        var message = url.Contains('/', StringComparison.Ordinal)
            ? $"the type {JsonFault.Shorten(AnyMembers.TypeName(url))} is not known{(allowUnknownTypes ? $"; its bytes can be given as \"{AnyMembers.Bytes}\" in base64" : "")}"
            : NoAddress;
        return fault.Set(message) || fault.In(AnyMembers.Type);
    }

    private bool TryWriteKnown(MessageDescriptor type, JsonElement json)
    {
        var before = output.Length;
        var content = output.Begin(2);
        var allowPartial = messages.AllowPartial;
        messages.AllowPartial = false;
        var written = TryWriteContent(type, json);
        messages.AllowPartial = allowPartial;
        if (!written)
        {
            return false;
        }

        if (output.Length > content)
        {
            output.End(content);
        }
        else
        {
            output.Length = before;
        }

        return true;
    }

    private bool TryWriteContent(MessageDescriptor type, JsonElement json)
    {
        if (!WellKnownTypes.IsSpecialInAny(type.FullName))
        {
            return messages.TryWriteFields(type, json, except: AnyMembers.Type);
        }

        if (!JsonText.TryFind(json, AnyMembers.Value, out var value))
        {
            return type.FullName == WellKnownTypes.Empty || fault.Set($"expected the {type.FullName} as this member") || fault.In(AnyMembers.Value);
        }

        return messages.TryWrite(type, value) || fault.In(AnyMembers.Value);
    }
}
