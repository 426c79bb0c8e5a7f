using System.Buffers;
using System.Text;
using Rollcall.Grpc.Server.Protocols;

namespace Rollcall.Grpc.Server.Tests.Protocols.Web;

public sealed class Base64QuadsTests
{
    // Two texts in a row, padded by one and by two.
    private static readonly byte[] s_plain = Encoding.ASCII.GetBytes("hello gRPC-Web text");
    private static readonly string s_text = Convert.ToBase64String(s_plain.AsSpan(0, 11)) + Convert.ToBase64String(s_plain.AsSpan(11, 7)) + Convert.ToBase64String(s_plain.AsSpan(18));

    [Fact]
    public void TextCutAtEveryPairOfPlaces_DecodesToTheSameBytes()
    {
        var text = Encoding.ASCII.GetBytes(s_text);
        Assert.Contains("=", s_text[..^4], StringComparison.Ordinal);
        for (var first = 0; first <= text.Length; first++)
        {
            for (var second = first; second <= text.Length; second++)
            {
                var input = ByteSegment.Join(text[..first], text[first..second], text[second..]);
                var output = new ArrayBufferWriter<byte>();

                Assert.True(Base64Quads.TryDecode(ref input, output));

                Assert.True(input.IsEmpty);
                Assert.Equal(s_plain, output.WrittenSpan.ToArray());
            }
        }
    }

    [Fact]
    public void TextEndingAnywhere_LeavesTheBrokenQuad()
    {
        var text = Encoding.ASCII.GetBytes(s_text);
        for (var length = 0; length <= text.Length; length++)
        {
            var input = new ReadOnlySequence<byte>(text, 0, length);
            var output = new ArrayBufferWriter<byte>();

            Assert.True(Base64Quads.TryDecode(ref input, output));

            Assert.Equal(length % 4, input.Length);
            Assert.True(s_plain.AsSpan().StartsWith(output.WrittenSpan));
        }
    }

    [Theory]
    [InlineData("====")]
    [InlineData("A===")]
    [InlineData("AA=A")]
    [InlineData("AAA\n")]
    [InlineData("AA-_")]
    [InlineData("AAAA\0AAA")]
    [InlineData("AAAAAAAA=AAA")]
    public void WhatIsNoBase64_IsRefused(string text)
    {
        var input = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(text));

        Assert.False(Base64Quads.TryDecode(ref input, new ArrayBufferWriter<byte>()));
    }
}
