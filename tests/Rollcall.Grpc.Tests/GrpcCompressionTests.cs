using System.Buffers;
using Grpc.Core;

namespace Rollcall.Grpc.Tests;

public sealed class GrpcCompressionTests
{
    private static readonly Marshaller<byte[]> s_marshaller = Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes);

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public void Payload_RoundTrips(int size)
    {
        using var frame = GrpcSerializer.SerializeToBuffer(s_marshaller, new byte[size], int.MaxValue);
        using var compressed = GrpcCompression.Compress(frame);
        var sequence = ByteSegment.Split(compressed.Frame.ToArray(), 7);

        Assert.Equal(GrpcFrameResult.Frame, GrpcFraming.TryReadFrame(ref sequence, int.MaxValue, out var read));
        Assert.True(read.Compressed);
        Assert.Equal(GrpcDecompressionResult.Decompressed, GrpcCompression.TryDecompress(read.Payload, size, out var message));
        using (message)
        {
            Assert.Equal(frame.Frame.ToArray(), message.Frame.ToArray());
        }
    }

    [Fact]
    public void EmptyPayload_StaysUncompressed()
    {
        using var frame = GrpcSerializer.SerializeToBuffer(s_marshaller, [], int.MaxValue);
        using var compressed = GrpcCompression.Compress(frame);

        Assert.Equal(new byte[5], compressed.Frame.ToArray());
    }

    [Fact]
    public void SmallMessageThatGrowsBeyondTheLimit_IsRefused()
    {
        using var frame = GrpcSerializer.SerializeToBuffer(s_marshaller, new byte[10_000_001], int.MaxValue);
        using var compressed = GrpcCompression.Compress(frame);
        Assert.InRange(compressed.Length, 1, 200_000);

        var result = GrpcCompression.TryDecompress(new ReadOnlySequence<byte>(compressed.Payload), 10_000_000, out _);

        Assert.Equal(GrpcDecompressionResult.TooLarge, result);
    }

    [Fact]
    public void BytesThatAreNoGzip_AreMalformed() =>
        Assert.Equal(
            GrpcDecompressionResult.Malformed,
            GrpcCompression.TryDecompress(new ReadOnlySequence<byte>([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), 100, out _));

    [Fact]
    public void GzipCutAtEveryLength_IsMalformed()
    {
        using var frame = GrpcSerializer.SerializeToBuffer(s_marshaller, "some text that is compressed"u8.ToArray(), int.MaxValue);
        using var compressed = GrpcCompression.Compress(frame);
        var accepted = Enumerable.Range(0, compressed.Payload.Length).Where(length =>
            GrpcCompression.TryDecompress(new ReadOnlySequence<byte>(compressed.Payload[..length]), 100, out _)
                == GrpcDecompressionResult.Decompressed);

        Assert.Empty(accepted);
    }
}
