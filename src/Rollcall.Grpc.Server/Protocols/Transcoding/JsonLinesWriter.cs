using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>Takes gRPC frames and sends each message as a line of JSON when it is flushed. For one writer at a time.</summary>
internal sealed class JsonLinesWriter(PipeWriter inner, MessageDescriptor type, MessageJson json, FieldDescriptor? field)
    : ConvertingWriter(inner, type)
{
    protected override void Convert(IMessage message, PipeWriter output)
    {
        if (!json.TryFormat(message, field, out var text, out var fault))
        {
            throw MessageJson.CreateUnwritable(fault);
        }

        Encoding.UTF8.GetBytes(text, output);
        output.Write("\n"u8);
    }
}
