using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Grpc.Core;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>A form of messages on the wire. Thread-safe.</summary>
internal interface IConnectCodec
{
    /// <summary>Content type of requests and responses, without parameters.</summary>
    string ContentType { get; }

    /// <summary>Makes the frame of a request message.</summary>
    /// <exception cref="RpcException">InvalidArgument: it can't be parsed.</exception>
    byte[] ReadRequest(in ReadOnlySequence<byte> body);

    /// <summary>Makes the body of a response message; false when it has no such form.</summary>
    bool TryWriteResponse(ReadOnlyMemory<byte> message, out ReadOnlyMemory<byte> body, [NotNullWhen(false)] out string? fault);
}
