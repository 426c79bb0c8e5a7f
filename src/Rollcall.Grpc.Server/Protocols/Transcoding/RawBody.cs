using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>
/// google.api.HttpBody: bytes with a content type, which a route takes and gives as they are. Known by its name and fields, since the class may be
/// that of Google's package or one that the application has generated.
/// </summary>
/// <param name="ContentType">Type of the data; empty: not said.</param>
/// <param name="Data">The bytes.</param>
internal sealed record RawBody(string ContentType, ByteString Data)
{
    private const string FullName = "google.api.HttpBody";
    private const int ContentTypeField = 1;
    private const int DataField = 2;

    /// <summary>Whether a message, or one field of it, is such a body.</summary>
    public static bool Is(MessageDescriptor message, FieldDescriptor? field)
    {
        if (field is not null)
        {
            if (field.IsRepeated || field.FieldType != FieldType.Message)
            {
                return false;
            }

            message = field.MessageType;
        }

        return message.FullName == FullName
            && message.FindFieldByNumber(ContentTypeField) is { FieldType: FieldType.String, IsRepeated: false }
            && message.FindFieldByNumber(DataField) is { FieldType: FieldType.Bytes, IsRepeated: false };
    }

    /// <summary>Makes the message that a request body is, or the one that has it in a field.</summary>
    public static IMessage CreateMessage(MessageDescriptor message, FieldDescriptor? field, string contentType, in ReadOnlySequence<byte> data)
    {
        var body = Messages.Create(field?.MessageType ?? message);
        body.Descriptor.FindFieldByNumber(ContentTypeField).Accessor.SetValue(body, contentType);
        body.Descriptor.FindFieldByNumber(DataField).Accessor.SetValue(body, UnsafeByteOperations.UnsafeWrap(data.ToArray()));
        if (field is null)
        {
            return body;
        }

        var outer = Messages.Create(message);
        field.Accessor.SetValue(outer, body);
        return outer;
    }

    /// <summary>The body that a message is, or has in a field; empty when the field is not set.</summary>
    public static RawBody Read(IMessage message, FieldDescriptor? field)
    {
        if ((field is null ? message : field.Accessor.GetValue(message)) is not IMessage body)
        {
            return new RawBody("", ByteString.Empty);
        }

        var fields = body.Descriptor;
        return new RawBody(
            (string)fields.FindFieldByNumber(ContentTypeField).Accessor.GetValue(body),
            (ByteString)fields.FindFieldByNumber(DataField).Accessor.GetValue(body));
    }
}
