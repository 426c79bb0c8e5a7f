using System.Buffers;

namespace Rollcall.Grpc.Tests;

public sealed class GrpcFramingTests
{
    [Fact]
    public void Prefix_HasGoldenBytes()
    {
        var prefix = new byte[GrpcFraming.PrefixLength];

        GrpcFraming.WritePrefix(prefix, 0x01020304, compressed: true);

        Assert.Equal([1, 1, 2, 3, 4], prefix);
    }

    [Fact]
    public void FrameCutAtEveryLength_IsIncompleteAndConsumesNothing()
    {
        byte[] bytes = [0, 0, 0, 0, 3, 7, 8, 9];
        for (var length = 0; length < bytes.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(bytes, 0, length);

            Assert.Equal(GrpcFrameResult.Incomplete, GrpcFraming.TryReadFrame(ref buffer, 100, out _));
            Assert.Equal(length, buffer.Length);
        }
    }

    [Fact]
    public void FrameOneByteToASegment_IsRead()
    {
        var buffer = ByteSegment.Split([1, 0, 0, 0, 3, 7, 8, 9, 0], segmentLength: 1);

        Assert.Equal(GrpcFrameResult.Frame, GrpcFraming.TryReadFrame(ref buffer, 100, out var frame));
        Assert.True(frame.Compressed);
        Assert.Equal([7, 8, 9], frame.Payload.ToArray());
        Assert.Equal(1, buffer.Length);
    }

    [Fact]
    public void ManyFramesInOneBuffer_AreReadInOrder()
    {
        var buffer = new ReadOnlySequence<byte>([0, 0, 0, 0, 1, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 6, 7]);
        List<byte[]> payloads = [];

        while (GrpcFraming.TryReadFrame(ref buffer, 100, out var frame) == GrpcFrameResult.Frame)
        {
            payloads.Add(frame.Payload.ToArray());
        }

        Assert.Equal([[5], [], [6, 7]], payloads);
        Assert.True(buffer.IsEmpty);
    }

    [Theory]
    [InlineData(3, GrpcFrameResult.Frame)]
    [InlineData(2, GrpcFrameResult.TooLarge)]
    public void LimitPlusOne_IsRefused(int limit, GrpcFrameResult expected)
    {
        var buffer = new ReadOnlySequence<byte>([0, 0, 0, 0, 3, 7, 8, 9]);

        Assert.Equal(expected, GrpcFraming.TryReadFrame(ref buffer, limit, out var frame));
        Assert.Equal(3, frame.Length);
    }

    [Theory]
    [InlineData(4 * 1024 * 1024)]
    [InlineData(int.MaxValue)]
    public void LargestPrefixAlone_IsRefusedBeforeAnyPayload(int limit)
    {
        var buffer = new ReadOnlySequence<byte>([0, 0xff, 0xff, 0xff, 0xff]);

        Assert.Equal(GrpcFrameResult.TooLarge, GrpcFraming.TryReadFrame(ref buffer, limit, out var frame));
        Assert.Equal(0xffff_ffffL, frame.Length);
    }

    [Fact]
    public void FlagOtherThanZeroAndOne_IsRefused()
    {
        for (var flag = 2; flag < 256; flag++)
        {
            var buffer = new ReadOnlySequence<byte>([(byte)flag, 0, 0, 0, 0]);

            Assert.Equal(GrpcFrameResult.InvalidFlag, GrpcFraming.TryReadFrame(ref buffer, 100, out _));
        }
    }
}
