using Grpc.Core;

namespace Rollcall.Grpc.Tests.Core;

public sealed class MetadataTests
{
    [Fact]
    public void Key_IsLowerCased() => Assert.Equal("x-my_key.1", new Metadata.Entry("X-My_Key.1", "v").Key);

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("ä")]
    public void KeyOutsideTheAlphabet_IsRefused(string key) => Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, "v"));

    [Fact]
    public void BinarySuffixAndValue_MustAgree()
    {
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key-bin", "text"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key", new byte[1]));
    }

    [Theory]
    [InlineData("ü")]
    [InlineData("a\r\nx: y")]
    [InlineData("\0")]
    public void TextOutsidePrintableAscii_IsRefusedWithTheWayOut(string value)
    {
        var error = Assert.Throws<ArgumentException>(() => new Metadata.Entry("key", value));

        Assert.Contains("-bin", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BinaryEntry_HasBytesAndNoText()
    {
        byte[] bytes = [1, 2];
        var entry = new Metadata.Entry("key-BIN", bytes);
        bytes[0] = 9;

        Assert.True(entry.IsBinary);
        Assert.Equal([1, 2], entry.ValueBytes);
        Assert.Throws<InvalidOperationException>(() => entry.Value);
    }

    [Fact]
    public void SeveralEntriesOfAKey_LastOneWinsAndAllStayInOrder()
    {
        var metadata = new Metadata { { "k", "1" }, { "other", "x" }, { "K", "2" } };

        Assert.Equal("2", metadata.GetValue("k"));
        Assert.Equal(["1", "2"], metadata.GetAll("K").Select(entry => entry.Value));
        Assert.Null(metadata.Get("absent"));
        Assert.Null(metadata.GetValueBytes("absent"));
    }

    [Fact]
    public void Empty_CannotBeChanged() => Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("k", "v"));
}
