using System.Buffers;
using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Rollcall.Grpc.Tests;

public sealed class GrpcCompressionTests
{
    private static readonly Marshaller<byte[]> s_marshaller = Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes);

    public static TheoryData<string> Names => ["gzip", "deflate", "br"];

    [Theory]
    [InlineData("gzip", 1)]
    [InlineData("gzip", 100_000)]
    [InlineData("deflate", 1)]
    [InlineData("deflate", 100_000)]
    [InlineData("br", 1)]
    [InlineData("br", 100_000)]
    public void Payload_RoundTrips(string name, int size)
    {
        var payload = new byte[size];
        new Random(1).NextBytes(payload.AsSpan(0, size / 2));
        using var frame = GrpcSerializer.SerializeToBuffer(s_marshaller, payload, int.MaxValue);
        using var compressed = GrpcCompression.Compress(Provider(name), frame);
        var sequence = ByteSegment.Split(compressed.Frame.ToArray(), 7);

        Assert.Equal(GrpcFrameResult.Frame, GrpcFraming.TryReadFrame(ref sequence, int.MaxValue, out var read));
        Assert.True(read.Compressed);
        Assert.Equal(GrpcDecompressionResult.Decompressed, GrpcCompression.TryDecompress(Provider(name), read.Payload, size, out var message));
        using (message)
        {
            Assert.Equal(frame.Frame.ToArray(), message.Frame.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EmptyPayload_StaysUncompressed(string name)
    {
        using var frame = GrpcSerializer.SerializeToBuffer(s_marshaller, [], int.MaxValue);
        using var compressed = GrpcCompression.Compress(Provider(name), frame);

        Assert.Equal(new byte[5], compressed.Frame.ToArray());
    }

    // So does grpc-dotnet on .NET 9 and later write a message without fields: the streams of .NET write nothing of nothing.
    [Theory]
    [MemberData(nameof(Names))]
    public void NothingCompressed_IsTheEmptyPayload(string name)
    {
        Assert.Equal(GrpcDecompressionResult.Decompressed, GrpcCompression.TryDecompress(Provider(name), default, 0, out var message));
        using (message)
        {
            Assert.Equal(new byte[5], message.Frame.ToArray());
        }
    }

    // 20 bytes of gzip and 8 of zlib, as peers in other languages write it.
    [Theory]
    [InlineData("gzip", "1f8b08000000000000ff03000000000000000000")]
    [InlineData("deflate", "789c030000000001")]
    public void EmptyPayloadInItsFormat_IsRead(string name, string bytes)
    {
        var payload = new ReadOnlySequence<byte>(Convert.FromHexString(bytes));

        Assert.Equal(GrpcDecompressionResult.Decompressed, GrpcCompression.TryDecompress(Provider(name), payload, 0, out var message));
        using (message)
        {
            Assert.Equal(new byte[5], message.Frame.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void SmallMessageThatGrowsBeyondTheLimit_IsRefused(string name)
    {
        using var frame = GrpcSerializer.SerializeToBuffer(s_marshaller, new byte[10_000_001], int.MaxValue);
        using var compressed = GrpcCompression.Compress(Provider(name), frame);
        Assert.InRange(compressed.Length, 1, 200_000);

        foreach (var limit in (int[])[10_000_000, 1000, 0])
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var result = GrpcCompression.TryDecompress(Provider(name), new ReadOnlySequence<byte>(compressed.Payload), limit, out _);

            Assert.Equal(GrpcDecompressionResult.TooLarge, result);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (limit * 4L) + 500_000);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BytesThatAreSomethingElse_AreMalformed(string name) =>
        Assert.Equal(
            GrpcDecompressionResult.Malformed,
            GrpcCompression.TryDecompress(Provider(name), new ReadOnlySequence<byte>([.. Enumerable.Repeat((byte)0xee, 40)]), 100, out _));

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public void MessageCutAtEveryLength_IsMalformed(string name)
    {
        using var frame = GrpcSerializer.SerializeToBuffer(s_marshaller, "some text that is compressed"u8.ToArray(), int.MaxValue);
        using var compressed = GrpcCompression.Compress(Provider(name), frame);
        var accepted = Enumerable.Range(1, compressed.Payload.Length - 1).Where(length =>
            GrpcCompression.TryDecompress(Provider(name), new ReadOnlySequence<byte>(compressed.Payload[..length]), 100, out _)
                == GrpcDecompressionResult.Decompressed);

        Assert.Empty(accepted);
    }

    [Fact]
    public void Deflate_HasTheFormatOfZlib()
    {
        using var frame = GrpcSerializer.SerializeToBuffer(s_marshaller, new byte[1000], int.MaxValue);
        using var compressed = GrpcCompression.Compress(Provider("deflate"), frame);

        // RFC 1950 2.2: the method is 8, and the first two bytes are a multiple of 31.
        var payload = compressed.Payload.Span;
        Assert.Equal(8, payload[0] & 0xf);
        Assert.Equal(0, ((payload[0] << 8) | payload[1]) % 31);
    }

    [Fact]
    public void Level_IsThatOfTheCallElseTheProviders()
    {
        var text = new byte[100_000];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = (byte)(i * i % 251 % 17);
        }

        using var frame = GrpcSerializer.SerializeToBuffer(s_marshaller, text, int.MaxValue);
        var provider = new GzipCompressionProvider(CompressionLevel.NoCompression);

        using var plain = GrpcCompression.Compress(provider, frame);
        using var small = GrpcCompression.Compress(provider, frame, CompressionLevel.SmallestSize);

        Assert.InRange(plain.Length, text.Length, int.MaxValue);
        Assert.InRange(small.Length, 1, text.Length / 2);
    }

    private static ICompressionProvider Provider(string name) =>
        name == "br" ? new BrotliProvider() : GrpcEncodings.Default.TryFind(name, out var provider) ? provider : throw new ArgumentException(name);
}
