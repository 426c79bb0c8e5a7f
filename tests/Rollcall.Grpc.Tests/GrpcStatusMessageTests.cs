namespace Rollcall.Grpc.Tests;

public sealed class GrpcStatusMessageTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain ~ text", "plain ~ text")]
    [InlineData("100%", "100%25")]
    [InlineData("a\nb", "a%0Ab")]
    [InlineData("\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n",
        "%09%0Atest with whitespace%0D%0Aand Unicode BMP %E2%98%BA and non-BMP %F0%9F%98%88%09%0A")]
    [InlineData("\u007f", "%7F")]
    public void Text_EncodesToGoldenFormAndBack(string text, string encoded)
    {
        Assert.Equal(encoded, GrpcStatusMessage.Encode(text));
        Assert.Equal(text, GrpcStatusMessage.Decode(encoded));
    }

    [Fact]
    public void LoneSurrogate_BecomesTheReplacementCharacter() =>
        Assert.Equal("a\ufffdb", GrpcStatusMessage.Decode(GrpcStatusMessage.Encode("a\ud800b")));

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%1", "%1")]
    [InlineData("%zz!", "%zz!")]
    [InlineData("%%41", "%A")]
    [InlineData("a%c3%a9b", "aéb")]
    [InlineData("é%41", "éA")]
    [InlineData("%ff", "\ufffd")]
    public void BadPercent_StaysAsItIs(string value, string expected) => Assert.Equal(expected, GrpcStatusMessage.Decode(value));
}
