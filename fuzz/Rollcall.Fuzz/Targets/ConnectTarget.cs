using System.Buffers;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Fuzz.Targets;

/// <summary>Connect's unary requests: a JSON body, and the query of a GET.</summary>
internal sealed class ConnectTarget : IFuzzTarget
{
    private readonly ConnectJsonCodec _codec = new(new ProtobufMethod(Everything.Descriptor, Everything.Descriptor, null));

    public string Name => "connect";

    public IReadOnlyList<string> Tokens => [.. JsonTokens.All, "message=", "&base64=1", "&encoding=json", "%7B%7D", "%", "+", "eyJhIjoxfQ", "&message=", "?", "%00"];

    public int Run(byte[] input)
    {
        var outcome = RunBody(Segments.Cut(input));
        try
        {
            var query = Encoding.UTF8.GetString(input);
            var request = new DefaultHttpContext().Request;
            request.QueryString = new QueryString(query.StartsWith('?') ? query : $"?{query}");
            var message = ConnectQuery.ReadMessage(request, 1000);
            BrokenInvariantException.Unless(message.Length <= 1000, "the limit holds");
            return HashCode.Combine(outcome, RunBody(new ReadOnlySequence<byte>(message)));
        }
        catch (RpcException exception)
        {
            return HashCode.Combine(outcome, exception.StatusCode);
        }
    }

    private int RunBody(ReadOnlySequence<byte> body)
    {
        try
        {
            var frame = _codec.ReadRequest(body);
            var rest = new ReadOnlySequence<byte>(frame);
            BrokenInvariantException.Unless(
                GrpcFraming.TryReadFrame(ref rest, int.MaxValue, out var read) == GrpcFrameResult.Frame && rest.IsEmpty, "one frame is made");
            return _codec.TryWriteResponse(read.Payload.ToArray(), out var json, out var fault) ? CheckRoundTrip(json) : -fault.Length;
        }
        catch (RpcException exception)
        {
            BrokenInvariantException.Unless(exception.StatusCode == StatusCode.InvalidArgument, "a bad body is an invalid argument");
            return exception.Status.Detail.Length;
        }
    }

    private int CheckRoundTrip(ReadOnlyMemory<byte> json)
    {
        var frame = _codec.ReadRequest(new ReadOnlySequence<byte>(json));
        BrokenInvariantException.Unless(_codec.TryWriteResponse(frame.AsMemory(GrpcFraming.PrefixLength), out var again, out _), "what it wrote it reads");
        BrokenInvariantException.Unless(again.Span.SequenceEqual(json.Span), "what it wrote comes back");
        return json.Length << 8;
    }
}
