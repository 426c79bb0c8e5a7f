using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace Rollcall.LoadTest.Calls;

/// <summary>The baseline's framing: five bytes and a protobuf message, nothing checked.</summary>
internal static class RawFraming
{
    public const int PrefixLength = 5;

    public static void Write(IBufferWriter<byte> output, Payload message)
    {
        var size = message.CalculateSize();
        var span = output.GetSpan(PrefixLength + size)[..(PrefixLength + size)];
        Write(span, message, size);
        output.Advance(span.Length);
    }

    public static byte[] ToArray(IMessage message)
    {
        var size = message.CalculateSize();
        var frame = new byte[PrefixLength + size];
        Write(frame, message, size);
        return frame;
    }

    /// <summary>The length of the first frame, prefix included; 0 when its prefix is not there yet.</summary>
    public static int FrameLength(ReadOnlySpan<byte> bytes) =>
        bytes.Length < PrefixLength ? 0 : PrefixLength + BinaryPrimitives.ReadInt32BigEndian(bytes[1..]);

    private static void Write(Span<byte> frame, IMessage message, int size)
    {
        frame[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(frame[1..], size);
        message.WriteTo(frame[PrefixLength..]);
    }
}
