using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Finds the field that a body is refused for; the parser's own exceptions name none. Only runs when parsing failed.</summary>
internal static class JsonFault
{
    // Fields are found by parsing parts of the body again, once for each level. More than this is not worth it.
    private const int MaxLength = 64 * 1024;
    private const int MaxDepth = 8;
    private const int MaxReasonLength = 200;

    /// <summary>True for what the parser throws at bad input.</summary>
    public static bool IsFault(Exception exception) =>
        exception is InvalidJsonException or InvalidProtocolBufferException or FormatException or OverflowException or ArgumentException or InvalidOperationException;

    public static string Describe(JsonParser parser, MessageDescriptor type, string json, string reason)
    {
        reason = reason.Length > MaxReasonLength ? reason[..MaxReasonLength] + "…" : reason;
        if (json.Length > MaxLength)
        {
            return $"The request body is no {type.FullName}: {reason}";
        }

        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonSyntax.MaxDepth + 1 });
        return Find(parser, type, document.RootElement, MaxDepth) is { } path
            ? $"The field '{path}' of the request body is wrong: {reason}"
            : $"The request body is no {type.FullName}: {reason}";
    }

    private static string? Find(JsonParser parser, MessageDescriptor type, JsonElement value, int depth)
    {
        if (value.ValueKind != JsonValueKind.Object || depth == 0)
        {
            return null;
        }

        foreach (var property in value.EnumerateObject())
        {
            if (FindField(type, property.Name) is { } field && !IsParsed(parser, type, property.Name, property.Value))
            {
                return property.Name + FindInside(parser, type, field, property, depth - 1);
            }
        }

        return null;
    }

    private static string FindInside(JsonParser parser, MessageDescriptor type, FieldDescriptor field, JsonProperty property, int depth)
    {
        if (field.IsMap)
        {
            return "";
        }

        if (!field.IsRepeated)
        {
            return Deeper(field, property.Value);
        }

        if (property.Value.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var element in property.Value.EnumerateArray())
            {
                if (!IsParsed(parser, type, property.Name, element, asArray: true))
                {
                    return $"[{index}]{Deeper(field, element)}";
                }

                index++;
            }
        }

        return "";

        string Deeper(FieldDescriptor inner, JsonElement value) =>
            inner.FieldType == FieldType.Message && Find(parser, inner.MessageType, value, depth) is { } path ? "." + path : "";
    }

    private static bool IsParsed(JsonParser parser, MessageDescriptor type, string name, JsonElement value, bool asArray = false)
    {
        var text = value.GetRawText();
        try
        {
            _ = parser.Parse($"{{{JsonSerializer.Serialize(name)}:{(asArray ? $"[{text}]" : text)}}}", type);
            return true;
        }
        catch (Exception exception) when (IsFault(exception))
        {
            return false;
        }
    }

    private static FieldDescriptor? FindField(MessageDescriptor type, string name) =>
        type.FindFieldByName(name) ?? type.Fields.InDeclarationOrder().FirstOrDefault(field => field.JsonName == name);
}
