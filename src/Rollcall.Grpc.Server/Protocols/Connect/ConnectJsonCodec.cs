using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Messages in protobuf's JSON mapping.</summary>
internal sealed class ConnectJsonCodec(ProtobufMethod method) : IConnectCodec
{
    private readonly MessageJson _messages = new(method.Files, writesDefaults: false);

    public string ContentType => "application/json";

    public byte[] ReadRequest(in ReadOnlySequence<byte> body) =>
        RequestFrame.FromMessage(_messages.Parse(body, method.Request, field: null));

    public bool TryWriteResponse(ReadOnlyMemory<byte> message, out ReadOnlyMemory<byte> body, [NotNullWhen(false)] out string? fault)
    {
        var written = TryFormat(method.Response, message, out var json, out fault);
        body = written ? Encoding.UTF8.GetBytes(json!) : default;
        return written;
    }

    /// <summary>The JSON of a message of which only the name and the bytes are there; false when it is not known.</summary>
    public bool TryFormat(string typeName, ReadOnlyMemory<byte> message, [NotNullWhen(true)] out string? json)
    {
        json = null;
        return _messages.FindType(typeName) is { } type && TryFormat(type, message, out json, out _);
    }

    private bool TryFormat(
        MessageDescriptor type, ReadOnlyMemory<byte> message, [NotNullWhen(true)] out string? json, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            return _messages.TryFormat(Messages.Parse(type, new ReadOnlySequence<byte>(message)), field: null, out json, out fault);
        }
        catch (InvalidProtocolBufferException exception)
        {
            json = null;
            fault = $"The message is no {type.FullName}: {exception.Message}";
            return false;
        }
    }
}
