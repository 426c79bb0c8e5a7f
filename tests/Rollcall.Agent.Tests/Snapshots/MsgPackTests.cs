using System.Buffers;
using Rollcall.Agent.Snapshots;

namespace Rollcall.Agent.Tests.Snapshots;

public sealed class MsgPackTests
{
    [Theory]
    [InlineData(0UL, "00")]
    [InlineData(127UL, "7F")]
    [InlineData(128UL, "CC80")]
    [InlineData(255UL, "CCFF")]
    [InlineData(256UL, "CD0100")]
    [InlineData(65536UL, "CE00010000")]
    [InlineData(ulong.MaxValue, "CFFFFFFFFFFFFFFFFF")]
    public void Numbers_AreAsShortAsTheyCanBe(ulong number, string bytes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        new MsgPackWriter(buffer).Number(number);

        Assert.Equal(bytes, Convert.ToHexString(buffer.WrittenSpan));
        Assert.True(new MsgPackReader(buffer.WrittenSpan).TryRead(out var value));
        Assert.Equal(number, value);
    }

    [Theory]
    [InlineData("E0", -32L)]
    [InlineData("D080", -128L)]
    [InlineData("D18000", -32768L)]
    [InlineData("D280000000", -2147483648L)]
    [InlineData("D38000000000000000", long.MinValue)]
    public void NegativeNumbers_AreReadInAllSizes(string bytes, long number)
    {
        Assert.True(new MsgPackReader(Convert.FromHexString(bytes)).TryRead(out var value));
        Assert.Equal(number, value);
    }

    [Theory]
    [InlineData(31, "BF")]
    [InlineData(32, "DA0020")]
    [InlineData(65535, "DAFFFF")]
    [InlineData(65536, "DB00010000")]
    public void Texts_HaveTheHeadOfTheirLength(int length, string head)
    {
        var buffer = new ArrayBufferWriter<byte>();
        new MsgPackWriter(buffer).Text(new string('x', length));

        Assert.Equal(head, Convert.ToHexString(buffer.WrittenSpan[..(head.Length / 2)]));
        Assert.True(new MsgPackReader(buffer.WrittenSpan).TryRead(out var value));
        Assert.Equal(length, Assert.IsType<byte[]>(value).Length);
    }

    [Theory]
    [InlineData("DDFFFFFFFF")]
    [InlineData("DFFFFFFFFF")]
    [InlineData("DBFFFFFFFF00")]
    [InlineData("C1")]
    [InlineData("8101")]
    [InlineData("810101")]
    public void CountsThatLie_AreRefused(string bytes) => Assert.False(new MsgPackReader(Convert.FromHexString(bytes)).TryRead(out _));

    [Fact]
    public void DeepNesting_IsRefused() => Assert.False(new MsgPackReader(Enumerable.Repeat((byte)0x91, 1_000_000).ToArray()).TryRead(out _));

    [Fact]
    public void FewBytes_CostLittleMemory()
    {
        // Lists in lists, each of which says that all the rest is in it; and one with more than anything has.
        var nested = new byte[1_000_000];
        for (var i = 0; i < 60; i++)
        {
            (nested[i * 5], nested[(i * 5) + 2], nested[(i * 5) + 3]) = (0xDD, 0x0B, 0x54);
        }

        var wide = new byte[10_000_000];
        (wide[0], wide[2], wide[3]) = (0xDD, 0x98, 0x96);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.False(new MsgPackReader(nested).TryRead(out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000_000);
        Assert.False(new MsgPackReader(wide).TryRead(out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400_000_000);
    }
}
