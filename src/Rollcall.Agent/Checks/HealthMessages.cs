using System.Buffers.Binary;
using Google.Protobuf;

namespace Rollcall.Agent.Checks;

/// <summary>
/// The two messages of <c>grpc.health.v1.Health/Check</c>, each with gRPC's prefix: one byte "compressed", four bytes length, big-endian.
/// Two fields do not pay for generated code.
/// </summary>
internal static class HealthMessages
{
    private const int PrefixBytes = 5;
    private const int ServingStatus = 1;
    private static readonly uint s_serviceTag = WireFormat.MakeTag(1, WireFormat.WireType.LengthDelimited);
    private static readonly uint s_statusTag = WireFormat.MakeTag(1, WireFormat.WireType.Varint);

    /// <summary><c>HealthCheckRequest { string service = 1; }</c>; the empty name asks for the server as a whole.</summary>
    public static byte[] WriteRequest(string service)
    {
        var size = service.Length == 0 ? 0 : CodedOutputStream.ComputeTagSize(1) + CodedOutputStream.ComputeStringSize(service);
        var message = new byte[PrefixBytes + size];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), size);
        if (size > 0)
        {
            using var stream = new MemoryStream(message, PrefixBytes, size);
            using var output = new CodedOutputStream(stream);
            output.WriteTag(s_serviceTag);
            output.WriteString(service);
        }

        return message;
    }

    /// <summary><c>HealthCheckResponse { ServingStatus status = 1; }</c>; false if these bytes are something else.</summary>
    public static bool TryReadAnswer(byte[] answer, int length, out bool serving)
    {
        serving = false;
        if (length < PrefixBytes
            || answer[0] != 0
            || BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(1)) != length - PrefixBytes)
        {
            return false;
        }

        try
        {
            using var input = new CodedInputStream(answer, PrefixBytes, length - PrefixBytes);
            while (input.ReadTag() is var tag and not 0)
            {
                if (tag == s_statusTag)
                {
                    serving = input.ReadEnum() == ServingStatus;
                }
                else
                {
                    input.SkipLastField();
                }
            }

            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }
}
