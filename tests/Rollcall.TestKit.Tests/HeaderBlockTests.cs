namespace Rollcall.TestKit.Tests;

public class HeaderBlockTests
{
    [Fact]
    public void Encoded_IsDecoded()
    {
        (string, string)[] headers = [(":status", "200"), ("x-empty", ""), ("x-long", new string('v', 70_000)), ("x-127", new string('w', 127))];

        Assert.Equal(headers, HeaderBlock.Decode(HeaderBlock.Encode(headers)));
    }

    [Fact]
    public void EncodedByAServer_IsDecoded()
    {
        // RFC 7541 6.3, 6.1 (:status 200), 6.2.2 with the name of index 31 (content-type), 6.2.1 with a name of its own.
        byte[] block = [0x20, 0x88, 0x0f, 0x10, 1, (byte)'t', 0x40, 1, (byte)'x', 1, (byte)'y'];

        Assert.Equal([(":status", "200"), ("content-type", "t"), ("x", "y")], HeaderBlock.Decode(block));
    }
}
