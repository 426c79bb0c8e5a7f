using System.Buffers;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Fuzz.Targets;

/// <summary>JSON bodies of HTTP routes: of the whole message, and of one field of it.</summary>
internal sealed class TranscodingTarget : IFuzzTarget
{
    private readonly MessageJson _json = new([EverythingReflection.Descriptor], writesDefaults: true);
    private readonly FieldDescriptor _field = Everything.Descriptor.FindFieldByName("children");

    public string Name => "transcoding";

    public IReadOnlyList<string> Tokens => JsonTokens.All;

    public int Run(byte[] input)
    {
        var body = Segments.Cut(input);
        return HashCode.Combine(Run(body, field: null), Run(body, _field));
    }

    private int Run(ReadOnlySequence<byte> body, FieldDescriptor? field)
    {
        try
        {
            return Check(_json.Parse(body, Everything.Descriptor, field));
        }
        catch (RpcException exception)
        {
            BrokenInvariantException.Unless(exception.StatusCode == StatusCode.InvalidArgument, "bad JSON is an invalid argument");
            return exception.Status.Detail.Length;
        }
    }

    private int Check(IMessage message)
    {
        if (!_json.TryFormat(message, field: null, out var text, out var fault))
        {
            return -fault.Length;
        }

        var again = _json.Parse(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)), Everything.Descriptor, field: null);
        BrokenInvariantException.Unless(_json.TryFormat(again, field: null, out var written, out _) && written == text, "what it writes it reads");
        return text.Length << 8;
    }
}
