using System.IO.Compression;
using Grpc.Net.Compression;

namespace Rollcall.Grpc.Tests;

public sealed class GrpcEncodingsTests
{
    [Fact]
    public void AcceptEncoding_ListsWhatIsThereAndNothingElse()
    {
        Assert.Equal("identity,gzip,deflate", GrpcEncodings.Default.AcceptEncoding);
        Assert.Equal("identity", new GrpcEncodings([]).AcceptEncoding);
        Assert.Equal("identity,br", new GrpcEncodings([new BrotliProvider()]).AcceptEncoding);
    }

    [Fact]
    public void Names_AreFoundInAnyCase()
    {
        Assert.True(GrpcEncodings.Default.TryFind("GZIP", out var provider));
        Assert.IsType<GzipCompressionProvider>(provider);
        Assert.False(GrpcEncodings.Default.TryFind("identity", out _));
        Assert.False(GrpcEncodings.Default.TryFind("", out _));
        Assert.False(GrpcEncodings.Default.TryFind("br", out _));
    }

    [Theory]
    [InlineData("gzip", "two compression providers")]
    [InlineData("identity", "means no compression")]
    [InlineData("a,b", "'a,b'")]
    [InlineData("Snappy", "'Snappy'")]
    [InlineData("", "''")]
    public void NameThatCannotBeUsed_IsRefused(string name, string expected)
    {
        var error = Assert.Throws<ArgumentException>(
            () => new GrpcEncodings([new GzipCompressionProvider(CompressionLevel.Fastest), new NamedProvider(name)]));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private sealed class NamedProvider(string name) : ICompressionProvider
    {
        public string EncodingName => name;

        public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => stream;

        public Stream CreateDecompressionStream(Stream stream) => stream;
    }
}
