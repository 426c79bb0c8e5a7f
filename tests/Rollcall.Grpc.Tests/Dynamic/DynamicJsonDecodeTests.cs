using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Tests.Dynamic;

public sealed class DynamicJsonDecodeTests
{
    [Theory]
    // Numbers may lie packed or one by one, whatever is declared, and both together.
    [InlineData("F0 01 01 F2 01 02 02 03", """{"int32s":[1,2,3]}""")]
    [InlineData("BA 02 02 01 02 B8 02 03", """{"unpacked":["1","2","3"]}""")]
    // The last of a single number or text counts.
    [InlineData("08 01 08 02", """{"anInt32":2}""")]
    [InlineData("72 01 61 72 01 62", """{"aString":"b"}""")]
    // Messages in parts are one.
    [InlineData("8A 01 02 08 01 8A 01 02 10 02", """{"child":{"anInt32":1,"anInt64":"2"}}""")]
    [InlineData("8A 01 03 08 01 08 8A 01 01 05", null)]
    // The last of a oneof counts, and parts of a message from before another member do not.
    [InlineData("E2 03 01 61 E8 03 05", """{"numberChoice":5}""")]
    [InlineData("E8 03 05 E2 03 01 61", """{"textChoice":"a"}""")]
    [InlineData("F2 03 02 08 01 E8 03 05 F2 03 02 10 02", """{"childChoice":{"anInt64":"2"}}""")]
    // The last entry of a key counts; without a key or a value it is that of zero.
    [InlineData("92 03 05 0A 01 61 10 01 92 03 05 0A 01 61 10 02 92 03 00", """{"byString":{"a":2,"":0}}""")]
    [InlineData("AA 03 00", """{"byUint32":{"0":{}}}""")]
    // Unknown fields, and known ones that lie otherwise than they can, are left out.
    [InlineData("C0 3E 01 C2 3E 01 00 C3 3E C4 3E C5 3E 01 02 03 04 08 01", """{"anInt32":1}""")]
    [InlineData("0A 01 61 70 01 0D 01 02 03 04", "{}")]
    [InlineData("F3 01 F4 01", "{}")]
    // 32 bits of a longer number count; any number but zero is true; zero is as good as nothing.
    [InlineData("08 FF FF FF FF FF FF FF FF FF 01 68 05", """{"anInt32":-1,"aBool":true}""")]
    [InlineData("08 00 72 00 68 00 5D 00 00 00 00", "{}")]
    // Zero is something where presence is tracked.
    [InlineData("A0 01 00 AA 01 00", """{"maybeInt32":0,"maybeString":""}""")]
    [InlineData("5D 00 00 00 80", """{"aFloat":-0}""")]
    // What is no UTF-8 is replaced.
    [InlineData("72 02 61 FF", """{"aString":"a�"}""")]
    [InlineData("80 01 09", """{"color":9}""")]
    [InlineData("D2 04 02 22 00", """{"value":null}""")]
    [InlineData("E2 04 05 0A 01 78 12 00", """{"any":{"@type":"x","@value":""}}""")]
    public void WireForms_AreReadAsGeneratedCodeReadsThem(string hex, string? json)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var read = Dynamics.TryDecode(Dynamics.Everything, bytes, out var actual, out var fault);

        Assert.Equal(json is not null, read);
        if (json is null)
        {
            Assert.NotNull(fault);
        }
        else
        {
            Assert.Equal(json, System.Text.RegularExpressions.Regex.Unescape(actual));
        }
    }

    [Theory]
    [InlineData("08")]
    [InlineData("08 FF FF FF FF FF FF FF FF FF FF 01")]
    [InlineData("72 05 61")]
    [InlineData("72 FF FF FF FF FF FF FF FF FF 01")]
    [InlineData("5D 00 00")]
    [InlineData("61 00")]
    [InlineData("00 01")]
    [InlineData("0E 00")]
    [InlineData("0C")]
    [InlineData("C3 3E")]
    [InlineData("C3 3E CC 3E")]
    [InlineData("F2 01 01 80")]
    [InlineData("8A 01 01 08")]
    [InlineData("92 03 01 08")]
    [InlineData("CA 04 03 0A 01 08")]
    public void BytesThatAreNoMessage_AreRefused(string hex) =>
        Assert.False(Dynamics.TryDecode(Dynamics.Everything, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out _, out _));

    [Fact]
    public void Fault_NamesItsPath()
    {
        var message = new Everything { Children = { new Everything(), new Everything { Timestamp = new Timestamp { Seconds = long.MaxValue } } } };
        var broken = new Everything { ByUint32 = { [7] = new Everything { Child = new Everything() } } }.ToByteArray();
        broken[^1] = 9;

        Assert.False(Dynamics.TryDecode(Dynamics.Everything, message.ToByteArray(), out _, out var time));
        Assert.False(Dynamics.TryDecode(Dynamics.Everything, broken, out _, out var bytes));

        Assert.Equal("children[1].timestamp: 9223372036854775807 seconds and 0 nanoseconds are no google.protobuf.Timestamp", time);
        Assert.Equal("byUint32[\"7\"]: the bytes are no rollcall.test.dynamic.Everything", bytes);
    }

    [Theory]
    [InlineData(99, true)]
    [InlineData(100, false)]
    public void Nesting_IsLimited(int depth, bool read)
    {
        var message = new Everything();
        for (var i = 0; i < depth; i++)
        {
            message = new Everything { Child = message };
        }

        Assert.Equal(read, Dynamics.TryDecode(Dynamics.Everything, message.ToByteArray(), out _, out _));
    }

    [Fact]
    public void Defaults_AreWrittenWhereAskedFor()
    {
        var json = Dynamics.Decode(Dynamics.Legacy, [], defaults: true);

        // Nothing that tracks presence.
        Dynamics.AssertSameJson("""{"numbers":[],"packed":[]}""", json);
    }

    [Fact]
    public void BrokenBytes_NeverThrowNorTakeLong()
    {
        var random = new Random(3);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new RandomMessages(new Random(i % 20)).Create(i % 2 == 0 ? Everything.Descriptor : Legacy.Descriptor).ToByteArray();
            for (var changes = random.Next(1, 5); changes > 0 && bytes.Length > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var message = bytes.AsSpan(0, random.Next(bytes.Length + 1));
            _ = Dynamics.TryDecode(i % 2 == 0 ? Dynamics.Everything : Dynamics.Legacy, message, out _, out _, defaults: i % 3 == 0);
        }

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void DeepGroups_AreRefusedQuickly()
    {
        var bytes = Enumerable.Repeat((byte)0x0b, 1_000_000).ToArray();

        Assert.False(Dynamics.TryDecode(Dynamics.Everything, bytes, out _, out _));
    }

    [Theory]
    [InlineData(new byte[] { 0x82, 0x02, 0 })] // fixed32s, packed, without numbers
    [InlineData(new byte[] { 0x90, 0x03, 0 })] // by_string, as a number
    public void FieldsThatHoldNothing_AreLeftOut(byte[] message) => Assert.Equal("{}", Dynamics.Decode(Dynamics.Everything, message));
}
