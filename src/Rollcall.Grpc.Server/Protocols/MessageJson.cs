using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Messages to JSON and back, for the methods of one service. Thread-safe.</summary>
internal sealed class MessageJson
{
    private readonly TypeRegistry _types;
    private readonly JsonParser _parser;
    private readonly JsonFormatter _formatter;

    /// <param name="files">What an Any in a message may hold, beside the standard error details: the types of these files and their imports.</param>
    /// <param name="writesDefaults">Whether fields that are zero or empty are written, too.</param>
    public MessageJson(IEnumerable<FileDescriptor> files, bool writesDefaults)
    {
        _types = TypeRegistry.FromFiles(files.Append(Google.Rpc.ErrorDetailsReflection.Descriptor));
        _parser = new JsonParser(JsonParser.Settings.Default.WithIgnoreUnknownFields(true).WithTypeRegistry(_types));
        _formatter = new JsonFormatter(JsonFormatter.Settings.Default.WithFormatDefaultValues(writesDefaults).WithTypeRegistry(_types));
    }

    /// <summary>The message of a full name; null when it is not known here.</summary>
    public MessageDescriptor? FindType(string name) => _types.Find(name);

    /// <summary>Reads a message, or one field of it. Fields that the message does not have are passed over.</summary>
    /// <exception cref="RpcException">InvalidArgument, with the position or the field at fault.</exception>
    public IMessage Parse(in ReadOnlySequence<byte> body, MessageDescriptor type, FieldDescriptor? field)
    {
        JsonSyntax.Check(body);
        var text = Encoding.UTF8.GetString(body);
        var json = field is null ? text : $"{{\"{field.JsonName}\":{text}}}"; // The parser knows messages only.
        try
        {
            return _parser.Parse(json, type);
        }
        catch (Exception exception) when (JsonFault.IsFault(exception))
        {
            throw MessageDecoder.Fault(StatusCode.InvalidArgument, JsonFault.Describe(_parser, type, json, exception.Message));
        }
    }

    /// <summary>Writes a message, or one field of it. False when it holds an Any of a type that is not known here.</summary>
    public bool TryFormat(
        IMessage message, FieldDescriptor? field, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            text = field is null ? _formatter.Format(message) : FormatValue(field.Accessor.GetValue(message));
            fault = null;
            return true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or InvalidProtocolBufferException)
        {
            text = null;
            fault = $"The message can't be written as JSON: {exception.Message}";
            return false;
        }
    }

    private string FormatValue(object? value)
    {
        if (value is null)
        {
            return "null";
        }

        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        _formatter.WriteValue(writer, value);
        return writer.ToString();
    }
}
