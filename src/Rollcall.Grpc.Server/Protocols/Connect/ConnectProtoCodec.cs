using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Messages as gRPC has them, without the prefix.</summary>
internal sealed class ConnectProtoCodec : IConnectCodec
{
    public string ContentType => "application/proto";

    public byte[] ReadRequest(in ReadOnlySequence<byte> body) => RequestFrame.FromBytes(body);

    public bool TryWriteResponse(ReadOnlyMemory<byte> message, out ReadOnlyMemory<byte> body, [NotNullWhen(false)] out string? fault)
    {
        body = message;
        fault = null;
        return true;
    }
}
