using Grpc.Core;

namespace Rollcall.Grpc.Tests;

public sealed class GrpcMetadataTests
{
    [Theory]
    [InlineData(new byte[] { }, "")]
    [InlineData(new byte[] { 1 }, "AQ")]
    [InlineData(new byte[] { 1, 2 }, "AQI")]
    [InlineData(new byte[] { 1, 2, 3 }, "AQID")]
    [InlineData(new byte[] { 0xfb, 0xff }, "+/8")]
    public void Binary_IsWrittenUnpaddedAndReadEitherWay(byte[] bytes, string encoded)
    {
        Assert.Equal(encoded, GrpcMetadata.GetHeaderValue(new Metadata.Entry("k-bin", bytes)));
        Assert.True(GrpcMetadata.TryDecodeBinary(encoded, out var unpadded));
        Assert.True(GrpcMetadata.TryDecodeBinary(Convert.ToBase64String(bytes), out var padded));
        Assert.Equal(bytes, unpadded);
        Assert.Equal(bytes, padded);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("A*ID")]
    [InlineData("AQ=I")]
    [InlineData("AQ ID")]
    [InlineData("AQID-_")]
    public void MalformedBinary_IsRefused(string text) => Assert.False(GrpcMetadata.TryDecodeBinary(text, out _));

    [Fact]
    public void BinaryHeaderWithCommas_BecomesSeveralEntries()
    {
        var metadata = new Metadata();

        Assert.True(GrpcMetadata.TryAddHeader(metadata, "Trace-Bin", "AQ==, AQI,"));

        Assert.Equal([[1], [1, 2], []], metadata.GetAll("trace-bin").Select(entry => entry.ValueBytes));
    }

    [Fact]
    public void BinaryHeaderWithOneBadValue_KeepsTheOthersAndSaysSo()
    {
        var metadata = new Metadata();

        Assert.False(GrpcMetadata.TryAddHeader(metadata, "trace-bin", "AQ,*"));

        Assert.Equal([1], Assert.Single(metadata).ValueBytes);
    }

    [Fact]
    public void TextHeaderWithCommas_StaysOneEntry()
    {
        var metadata = new Metadata();

        Assert.True(GrpcMetadata.TryAddHeader(metadata, "X-Name", "a, b"));

        Assert.Equal("a, b", metadata.GetValue("x-name"));
    }

    [Theory]
    [InlineData("bad!name")]
    [InlineData("ütf")]
    public void NameOutsideTheAlphabet_IsLeftOut(string name)
    {
        var metadata = new Metadata();

        Assert.False(GrpcMetadata.TryAddHeader(metadata, name, "v"));
        Assert.Empty(metadata);
    }

    [Theory]
    [InlineData(":path", true)]
    [InlineData("", true)]
    [InlineData("TE", true)]
    [InlineData("Content-Type", true)]
    [InlineData("content-length", true)]
    [InlineData("host", true)]
    [InlineData("connection", true)]
    [InlineData("transfer-encoding", true)]
    [InlineData("grpc-timeout", true)]
    [InlineData("grpc-status", true)]
    [InlineData("grpc-message", true)]
    [InlineData("grpc-encoding", true)]
    [InlineData("grpc-accept-encoding", true)]
    [InlineData("grpc-status-details-bin", false)]
    [InlineData("grpc-previous-rpc-attempts", false)]
    [InlineData("grpc-retry-pushback-ms", false)]
    [InlineData("user-agent", false)]
    [InlineData("authorization", false)]
    [InlineData("x-any", false)]
    public void ReservedNames_AreTheProtocolsOwn(string name, bool reserved) => Assert.Equal(reserved, GrpcMetadata.IsReserved(name));
}
