namespace Rollcall.Dns.Tests;

public class DnsNameTests
{
    [Theory]
    [InlineData("", "00")]
    [InlineData(".", "00")]
    [InlineData("consul", "06636F6E73756C00")]
    [InlineData("a.b.", "0161016200")]
    [InlineData(@"a\.b.c", "03612E62016300")]
    [InlineData(@"\000\255\\", "0300FF5C00")]
    [InlineData("ü", "02C3BC00")]
    public void Encode_Text_GivesLabels(string text, string expected)
    {
        var wire = new byte[DnsName.MaxLength];

        Assert.True(DnsName.TryEncode(text, wire, out var length));

        Assert.Equal(expected, Convert.ToHexString(wire, 0, length));
    }

    [Theory]
    [InlineData("web.Consul", "WEB.consul", true)]
    [InlineData(@"Caf\195\169.consul", @"cAF\195\169.Consul", true)]
    [InlineData(@"caf\195\169", @"caf\195\137", false)]
    [InlineData(@"\193", @"\225", false)]
    [InlineData("a@", "a`", false)]
    [InlineData("a", "b", false)]
    [InlineData("a", "a.b", false)]
    public void EqualsIgnoreCase_IsAboutTheLettersOfAsciiOnly(string left, string right, bool same)
    {
        var (leftWire, rightWire) = (new byte[DnsName.MaxLength], new byte[DnsName.MaxLength]);
        Assert.True(DnsName.TryEncode(left, leftWire, out var leftLength));
        Assert.True(DnsName.TryEncode(right, rightWire, out var rightLength));
        Assert.True(DnsName.TryCreate(leftWire.AsSpan(0, leftLength), out var leftName));
        Assert.True(DnsName.TryCreate(rightWire.AsSpan(0, rightLength), out var rightName));

        Assert.Equal(same, leftName.EqualsIgnoreCase(rightName));
        Assert.Equal(same, rightName.EqualsIgnoreCase(leftName));
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData("..")]
    [InlineData(".a")]
    [InlineData(@"a\")]
    [InlineData(@"\256")]
    [InlineData(@"\25é")]
    [InlineData(@"\é")]
    public void Encode_NoName_IsRefused(string text) => Assert.False(DnsName.TryEncode(text, new byte[DnsName.MaxLength], out _));

    [Fact]
    public void Encode_HalfACharacter_IsRefused() => Assert.False(DnsName.TryEncode([(char)0xD800, 'a'], new byte[DnsName.MaxLength], out _));

    [Fact]
    public void Encode_LongestLabelAndName_Fit_OneMoreDoesNot()
    {
        var wire = new byte[DnsName.MaxLength + 10];
        var label = new string('a', DnsName.MaxLabelLength);

        Assert.True(DnsName.TryEncode(label, wire, out _));
        Assert.False(DnsName.TryEncode(label + "a", wire, out _));

        // 3 · 64 + 62 + 1 = 255.
        var longest = $"{label}.{label}.{label}.{new string('b', 61)}";
        Assert.True(DnsName.TryEncode(longest, wire, out var length));
        Assert.Equal(DnsName.MaxLength, length);
        Assert.False(DnsName.TryEncode(longest + "b", wire, out _));
    }

    [Fact]
    public void Encode_BufferOfAnyLengthTooShort_IsRefused()
    {
        for (var size = 0; size < 20; size++)
        {
            Assert.Equal(size == 19, DnsName.TryEncode("web.service.consu", new byte[size], out _));
        }
    }

    [Theory]
    [InlineData("web.service.consul.")]
    [InlineData(@"a\.b.\000\255\\.c.")]
    [InlineData(".")]
    public void Text_OfAName_IsWhatItWasMadeOf(string text)
    {
        var wire = new byte[DnsName.MaxLength];
        Assert.True(DnsName.TryEncode(text, wire, out var length));

        Assert.True(DnsName.TryCreate(wire.AsSpan(0, length), out var name));

        Assert.Equal(text, name.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0161")]
    [InlineData("016100FF")]
    [InlineData("4061")]
    [InlineData("C00C")]
    public void Create_BytesThatAreNotExactlyOneName_AreRefused(string hex) => Assert.False(DnsName.TryCreate(Convert.FromHexString(hex), out _));

    [Theory]
    [InlineData("web.service.consul", "CONSUL", true, 2)]
    [InlineData("consul", "consul", true, 0)]
    [InlineData("consul", ".", true, 1)]
    [InlineData("myconsul", "consul", false, 0)]
    [InlineData("org", "consul", false, 0)]
    [InlineData(@"x\006consul", "consul", false, 0)]
    public void IsWithin_ComparesWholeLabels(string text, string zone, bool expected, int labels)
    {
        var (nameBytes, zoneBytes) = (Encode(text), Encode(zone));
        Assert.True(DnsName.TryCreate(nameBytes, out var name));
        Assert.True(DnsName.TryCreate(zoneBytes, out var within));

        Assert.Equal(expected, name.IsWithin(within, out var more));

        Assert.Equal(expected ? labels : more, more);
        Assert.Equal(text.Split('.', StringSplitOptions.RemoveEmptyEntries).Length, name.LabelCount);
    }

    private static byte[] Encode(string text)
    {
        var wire = new byte[DnsName.MaxLength];
        Assert.True(DnsName.TryEncode(text, wire, out var length));
        return wire[..length];
    }
}
