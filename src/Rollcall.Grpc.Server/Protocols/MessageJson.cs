using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Rollcall.Grpc.Dynamic;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Messages to JSON and back, for the methods of one service. Thread-safe.</summary>
internal sealed class MessageJson
{
    private const string Unwritable = "The message can't be written as JSON";

    private readonly TypeRegistry _types;

    // Not protobuf's own parser: that one reads every number as a double, and refuses half of what may stand for bytes. Made for the first body,
    // because most routes have none.
    private readonly Lazy<DynamicJson> _reader;
    private readonly JsonFormatter _formatter;
    private readonly NestingDepth _depth;

    /// <param name="files">
    /// What an Any in a message may hold, beside the standard error details and the types of protobuf itself: the types of these files and their imports.
    /// </param>
    /// <param name="writesDefaults">Whether fields that are zero or empty are written, too.</param>
    public MessageJson(IEnumerable<FileDescriptor> files, bool writesDefaults)
    {
        // The same for both: what was read can be written.
        FileDescriptor[] known = [.. files, Google.Rpc.ErrorDetailsReflection.Descriptor];
        _types = TypeRegistry.FromFiles([.. known, .. MessageCatalog.ProtobufFiles]);
        _reader = new(() => new DynamicJson(MessageCatalog.FromFiles(known)) { IgnoreUnknownFields = true, AllowPartial = true, AllowUnknownTypes = false });
        _formatter = new JsonFormatter(JsonFormatter.Settings.Default.WithFormatDefaultValues(writesDefaults).WithTypeRegistry(_types));
        _depth = new NestingDepth(_types);
    }

    /// <summary>The message of a full name; null when it is not known here.</summary>
    public MessageDescriptor? FindType(string name) => _types.Find(name);

    /// <summary>Reads a message, or one field of it. Fields that the message does not have are passed over.</summary>
    /// <exception cref="RpcException">InvalidArgument, with the position or the field at fault.</exception>
    public IMessage Parse(in ReadOnlySequence<byte> body, MessageDescriptor type, FieldDescriptor? field)
    {
        JsonSyntax.Check(body);
        using var json = JsonDocument.Parse(
            field is null ? body : ToMember(field, body), new JsonDocumentOptions { MaxDepth = JsonSyntax.MaxDepth + 1 });
        if (!_reader.Value.TryEncode(type, json.RootElement, out var bytes, out var path, out var fault))
        {
            throw MessageDecoder.Fault(
                StatusCode.InvalidArgument,
                path.Length == 0 ? $"The request body is no {type.FullName}: {fault}." : $"The field '{path}' of the request body is wrong: {fault}.",
                logged: FindDeclared(type, path) is { } known ? $"The field '{known.Name}' of the request body is wrong." : $"The request body is no {type.FullName}.");
        }

        try
        {
            return Messages.Parse(type, new ReadOnlySequence<byte>(bytes));
        }
        catch (InvalidProtocolBufferException exception)
        {
            // Nested deeper than it reads messages: some of JSON's levels are several there.
            throw MessageDecoder.Fault(StatusCode.InvalidArgument, $"The request body is no {type.FullName}: {exception.Message}");
        }
    }

    /// <summary>The end of a call whose answer <see cref="TryFormat"/> can't write.</summary>
    /// <param name="fault">Its fault.</param>
    public static RpcException CreateUnwritable(string fault) => MessageDecoder.Fault(StatusCode.Internal, fault, logged: $"{Unwritable}.");

    /// <summary>Writes a message, or one field of it. False when it holds an Any of a type that is not known here, or is nested too deep by its Anys.</summary>
    public bool TryFormat(
        IMessage message, FieldDescriptor? field, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            if (_depth.IsExceeded(message, field))
            {
                text = null;
                fault = $"{Unwritable}: it is nested more than {NestingDepth.Max} deep";
                return false;
            }

            text = field is null ? _formatter.Format(message) : FormatValue(field.Accessor.GetValue(message));
            fault = null;
            return true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or InvalidProtocolBufferException)
        {
            text = null;
            fault = $"{Unwritable}: {exception.Message}";
            return false;
        }
    }

    // The field at the start of a path. What comes behind it may be the key of a map.
    private static FieldDescriptor? FindDeclared(MessageDescriptor type, string path)
    {
        var end = path.AsSpan().IndexOfAny('.', '[');
        var name = end < 0 ? path : path[..end];
        return FieldNames.FindByJsonName(type, name) ?? type.FindFieldByName(name);
    }

    // What is checked is one value, so that nothing in it ends the object early.
    private static ReadOnlySequence<byte> ToMember(FieldDescriptor field, in ReadOnlySequence<byte> value) =>
        new([.. "{\""u8, .. JsonEncodedText.Encode(field.JsonName).EncodedUtf8Bytes, .. "\":"u8, .. value.ToArray(), .. "}"u8]);

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
