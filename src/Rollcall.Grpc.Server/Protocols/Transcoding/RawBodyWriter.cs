using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Takes gRPC frames and sends the bytes of each message as a part of one body, whose type the first message says. For one writer at a time.</summary>
internal sealed class RawBodyWriter(HttpResponse response, MessageDescriptor type, FieldDescriptor? field)
    : ConvertingWriter(response.BodyWriter, type)
{
    private bool _begun;

    protected override void Convert(IMessage message, PipeWriter output)
    {
        var body = RawBody.Read(message, field);
        if (!_begun && !response.HasStarted)
        {
            RawBodyResponse.SetContentType(response, body);
        }

        _begun = true;
        output.Write(body.Data.Span);
    }
}
