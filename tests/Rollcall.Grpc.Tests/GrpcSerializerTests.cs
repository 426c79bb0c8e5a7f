using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Tests;

public sealed class GrpcSerializerTests
{
    private static readonly byte[] s_payload = [1, 2, 3];

    public static TheoryData<string> Styles => ["array", "announced", "collected", "byte by byte"];

    [Theory]
    [MemberData(nameof(Styles))]
    public void EveryStyleOfSerializer_WritesTheSameFrame(string style)
    {
        var marshaller = Create(style);
        var output = new ArrayBufferWriter<byte>();

        GrpcSerializer.Serialize(marshaller, s_payload, output, maxMessageBytes: 3);
        using var buffer = GrpcSerializer.SerializeToBuffer(marshaller, s_payload, maxMessageBytes: 3);

        Assert.Equal([0, 0, 0, 0, 3, 1, 2, 3], output.WrittenSpan.ToArray());
        Assert.Equal([0, 0, 0, 0, 3, 1, 2, 3], buffer.Frame.ToArray());
        Assert.Equal(s_payload, buffer.Payload.ToArray());
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void EmptyMessage_IsAPrefixAlone(string style)
    {
        var output = new ArrayBufferWriter<byte>();

        GrpcSerializer.Serialize(Create(style), [], output, maxMessageBytes: 0);
        using var buffer = GrpcSerializer.SerializeToBuffer(Create(style), [], maxMessageBytes: 0);

        Assert.Equal(new byte[5], output.WrittenSpan.ToArray());
        Assert.Equal(new byte[5], buffer.Frame.ToArray());
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void MessageOverTheLimit_IsResourceExhaustedAndLeavesTheOutputEmpty(string style)
    {
        var output = new ArrayBufferWriter<byte>();

        var error = Assert.Throws<RpcException>(() => GrpcSerializer.Serialize(Create(style), s_payload, output, maxMessageBytes: 2));

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Contains("MaxSendMessageSize", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(0, output.WrittenCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2043)]
    [InlineData(5000)]
    [InlineData(100_000)]
    public void GeneratedMessage_RoundTripsAtEverySize(int size)
    {
        var binder = new RecordingServiceBinder();
        Echo.BindService(binder, null);
        var marshaller = binder.RequestMarshaller!;
        var message = new EchoRequest { Payload = ByteString.CopyFrom(new byte[size]) };
        var output = new ArrayBufferWriter<byte>();

        GrpcSerializer.Serialize(marshaller, message, output, int.MaxValue);

        var sequence = ByteSegment.Split(output.WrittenSpan.ToArray(), 333);
        Assert.Equal(GrpcFrameResult.Frame, GrpcFraming.TryReadFrame(ref sequence, int.MaxValue, out var frame));
        Assert.Equal(message, GrpcSerializer.Deserialize(marshaller, frame.Payload));
        Assert.True(sequence.IsEmpty);
    }

    [Fact]
    public void SerializerThatForgetsToComplete_IsNamed()
    {
        var marshaller = Marshallers.Create<byte[]>((bytes, context) => context.GetBufferWriter().Write(bytes), context => context.PayloadAsNewBuffer());

        var error = Assert.Throws<InvalidOperationException>(
            () => GrpcSerializer.Serialize(marshaller, s_payload, new ArrayBufferWriter<byte>(), int.MaxValue));

        Assert.Contains("Complete", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void SerializerThatAnnouncesAWrongLength_IsNamed(int announced)
    {
        var marshaller = Marshallers.Create<byte[]>(
            (bytes, context) =>
            {
                context.SetPayloadLength(announced);
                context.GetBufferWriter().Write(bytes);
                context.Complete();
            },
            context => context.PayloadAsNewBuffer());

        Assert.Throws<InvalidOperationException>(
            () => GrpcSerializer.Serialize(marshaller, s_payload, new ArrayBufferWriter<byte>(), int.MaxValue));
        Assert.Throws<InvalidOperationException>(() => GrpcSerializer.SerializeToBuffer(marshaller, s_payload, int.MaxValue));
    }

    [Fact]
    public void MarshallerThatUsesAnotherOne_DoesNotDisturbIt()
    {
        var inner = Create("announced");
        var outer = Marshallers.Create<byte[]>(
            (bytes, context) =>
            {
                context.SetPayloadLength(bytes.Length);
                var writer = context.GetBufferWriter();
                writer.Write(inner.Serializer(bytes));
                context.Complete();
            },
            context => inner.Deserializer(context.PayloadAsNewBuffer()));

        Assert.Equal(s_payload, outer.Deserializer(outer.Serializer(s_payload)));
    }

    [Fact]
    public void SecondCall_AllocatesNothingButTheMessage()
    {
        var marshaller = Create("announced");
        var output = new ArrayBufferWriter<byte>(1024);
        GrpcSerializer.Serialize(marshaller, s_payload, output, int.MaxValue);
        output.ResetWrittenCount();

        var before = GC.GetAllocatedBytesForCurrentThread();
        GrpcSerializer.Serialize(marshaller, s_payload, output, int.MaxValue);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Marshaller<byte[]> Create(string style) => Marshallers.Create<byte[]>(
        (bytes, context) =>
        {
            if (style == "array")
            {
                context.Complete(bytes);
                return;
            }

            if (style == "announced")
            {
                context.SetPayloadLength(bytes.Length);
            }

            var writer = context.GetBufferWriter();
            if (style == "byte by byte")
            {
                foreach (var octet in bytes)
                {
                    writer.Write([octet]);
                }
            }
            else
            {
                writer.Write(bytes);
            }

            context.Complete();
        },
        context => context.PayloadAsNewBuffer());
}
