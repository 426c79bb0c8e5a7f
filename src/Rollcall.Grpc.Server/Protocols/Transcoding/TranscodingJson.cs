using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Messages to JSON and back for the routes of one service. Thread-safe.</summary>
internal sealed class TranscodingJson
{
    // Strict: a text that is not UTF-8 must not arrive with its bytes replaced.
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly JsonParser _parser;
    private readonly JsonFormatter _formatter;

    public TranscodingJson(FileDescriptor file)
    {
        // What an Any in a message may hold: the types of the service's files and the standard error details.
        var types = TypeRegistry.FromFiles(file, Google.Rpc.ErrorDetailsReflection.Descriptor);
        _parser = new JsonParser(JsonParser.Settings.Default.WithIgnoreUnknownFields(true).WithTypeRegistry(types));
        _formatter = new JsonFormatter(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithTypeRegistry(types));
    }

    /// <summary>Reads a request body into the message, or into one field of it.</summary>
    /// <exception cref="RpcException">InvalidArgument, with the field at fault.</exception>
    public IMessage ParseBody(byte[] body, MessageDescriptor type, FieldDescriptor? field)
    {
        string text;
        try
        {
            text = s_utf8.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            throw MessageDecoder.Fault(StatusCode.InvalidArgument, "The request body is not UTF-8.");
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            return Messages.Create(type);
        }

        var json = field is null ? text : Wrap(text, field);
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

    // The parser knows messages only. Checked first: a body of "1, "other": 2" must not reach other fields.
    private static string Wrap(string text, FieldDescriptor field)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
        }
        catch (JsonException exception)
        {
            throw MessageDecoder.Fault(StatusCode.InvalidArgument, JsonFault.DescribeSyntax(exception));
        }

        return $"{{\"{field.JsonName}\":{text}}}";
    }
}
