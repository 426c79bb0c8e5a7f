using System.Buffers;
using System.Text;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>
/// JSON of a message with every field, to be filled in. Of a oneof it has the first one; what contains itself ends there. Where messages are so wide that
/// it would be more than a person reads, it is less deep.
/// </summary>
internal sealed class ExampleJson
{
    private const int MaxDepth = 6;
    private const int MinDepth = 2;
    private const int MaxFields = 1000;

    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private readonly Utf8JsonWriter _writer;
    private readonly int _depth;
    private int _fields;
    private bool _isCut;

    private ExampleJson(Utf8JsonWriter writer, int depth) => (_writer, _depth) = (writer, depth);

    public static string Of(MessageDescriptor type)
    {
        for (var depth = MaxDepth; ; depth--)
        {
            var buffer = new ArrayBufferWriter<byte>();
            using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true });
            var example = new ExampleJson(writer, depth);
            example.Write(type);
            if (!example._isCut || depth == MinDepth)
            {
                writer.Flush();
                return Encoding.UTF8.GetString(buffer.WrittenSpan);
            }
        }
    }

    private void Write(MessageDescriptor type)
    {
        if (type.FullName.StartsWith("google.protobuf.", StringComparison.Ordinal) && TryWriteWellKnown(type.FullName))
        {
            return;
        }

        _writer.WriteStartObject();
        if (!HasRoom())
        {
            // A required one; others are not shown.
            _writer.WriteEndObject();
            return;
        }

        _ = _open.Add(type.FullName);
        foreach (var field in type.Fields.InDeclarationOrder().Where(IsShown))
        {
            _writer.WritePropertyName(field.JsonName);
            WriteField(field);
            _fields++;
        }

        _ = _open.Remove(type.FullName);
        _writer.WriteEndObject();
    }

    private bool IsShown(FieldDescriptor field)
    {
        if (field.RealContainingOneof is { } oneof && oneof.Fields[0] != field)
        {
            return false;
        }

        var content = field.IsMap ? field.MessageType.FindFieldByNumber(2) : field;
        return !IsMessage(content) || field.IsRequired
            || (_open.Count < _depth && !_open.Contains(content.MessageType.FullName) && HasRoom());
    }

    private bool HasRoom()
    {
        _isCut |= _fields >= MaxFields;
        return !_isCut;
    }

    private void WriteField(FieldDescriptor field)
    {
        if (field.IsMap)
        {
            var (key, value) = (field.MessageType.FindFieldByNumber(1), field.MessageType.FindFieldByNumber(2));
            _writer.WriteStartObject();
            _writer.WritePropertyName(key.FieldType switch { FieldType.String => "key", FieldType.Bool => "true", _ => "1" });
            WriteValue(value);
            _writer.WriteEndObject();
        }
        else if (field.IsRepeated)
        {
            _writer.WriteStartArray();
            WriteValue(field);
            _writer.WriteEndArray();
        }
        else
        {
            WriteValue(field);
        }
    }

    private void WriteValue(FieldDescriptor field)
    {
        switch (field.FieldType)
        {
            case FieldType.Message or FieldType.Group when _open.Contains(field.MessageType.FullName):
                // A required field within itself: no message can have it, and no example either.
                _writer.WriteStartObject();
                _writer.WriteEndObject();
                break;
            case FieldType.Message or FieldType.Group:
                Write(field.MessageType);
                break;
            case FieldType.Enum:
                WriteEnum(field.EnumType);
                break;
            case FieldType.Bool:
                _writer.WriteBooleanValue(false);
                break;
            case FieldType.String or FieldType.Bytes:
                _writer.WriteStringValue("");
                break;
            case FieldType.Int64 or FieldType.UInt64 or FieldType.SInt64 or FieldType.Fixed64 or FieldType.SFixed64:
                _writer.WriteStringValue("0");
                break;
            default:
                _writer.WriteNumberValue(0);
                break;
        }
    }

    private void WriteEnum(EnumDescriptor type)
    {
        if (type.FullName == "google.protobuf.NullValue")
        {
            _writer.WriteNullValue();
        }
        else
        {
            _writer.WriteStringValue(type.Values[0].Name);
        }
    }

    private bool TryWriteWellKnown(string fullName)
    {
        var json = fullName["google.protobuf.".Length..] switch
        {
            "Timestamp" => "\"2006-01-02T15:04:05Z\"",
            "Duration" => "\"1.5s\"",
            "FieldMask" => "\"aField,another.fieldOfIt\"",
            "Struct" => "{\"key\":null}",
            "Value" => "null",
            "ListValue" => "[null]",
            "Any" => "{\"@type\":\"type.googleapis.com/google.protobuf.Duration\",\"value\":\"1.5s\"}",
            "StringValue" or "BytesValue" => "\"\"",
            "BoolValue" => "false",
            "Int64Value" or "UInt64Value" => "\"0\"",
            "DoubleValue" or "FloatValue" or "Int32Value" or "UInt32Value" => "0",
            _ => null,
        };
        if (json is null)
        {
            return false;
        }

        // Written anew, so that it takes its place in the indentation.
        using var parsed = JsonDocument.Parse(json);
        parsed.RootElement.WriteTo(_writer);
        return true;
    }

    private static bool IsMessage(FieldDescriptor field) => field.FieldType is FieldType.Message or FieldType.Group;
}
