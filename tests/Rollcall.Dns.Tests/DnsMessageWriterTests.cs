using System.Text;

namespace Rollcall.Dns.Tests;

public class DnsMessageWriterTests
{
    private const string Question = "03776562077365727669636506636F6E73756C0000010001";

    [Fact]
    public void AddressOfTheQuestionedName_PointsToTheQuestion()
    {
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer);
        Assert.True(writer.TryWriteQuestion(new DnsQuestion(Name("web.service.consul"), DnsType.A)));

        Assert.True(writer.TryWriteAddress(DnsSection.Answer, Name("web.service.consul"), 5, [10, 0, 0, 1]));

        Assert.Equal($"123485800001000100000000{Question}C00C000100010000000500040A000001", Finish(writer, buffer));
        Assert.Equal(writer.Length + 18, writer.UncompressedLength);
    }

    [Fact]
    public void OwnerOffset_IsWhereTheNameItselfStands_AlsoWhereItIsPointedTo()
    {
        var writer = new DnsMessageWriter(new byte[512]);
        Assert.True(writer.TryWriteQuestion(new DnsQuestion(Name("web.service.consul"), DnsType.A)));

        Assert.True(writer.TryWriteAddress(DnsSection.Answer, Name("web.service.consul"), 5, [10, 0, 0, 1]));
        Assert.Equal(DnsHeader.Length, writer.OwnerOffset);

        var start = writer.Length;
        Assert.True(writer.TryWriteText(DnsSection.Additional, Name("n1.node.consul"), 5, "a"u8));
        Assert.Equal(start, writer.OwnerOffset);

        var before = writer.Length;
        Assert.True(writer.TryWriteText(DnsSection.Additional, DnsOwner.At(Name("n1.node.consul"), start), 5, "a"u8));
        Assert.Equal((start, 2 + 10 + 2), (writer.OwnerOffset, writer.Length - before));

        var fragment = DnsMessageWriter.Fragment(new byte[64]);
        Assert.True(fragment.TryWriteAddress(DnsSection.Answer, Name("web.service.consul"), 5, [10, 0, 0, 1]));
        Assert.Equal(0, fragment.OwnerOffset);
    }

    [Fact]
    public void Suffix_IsSharedAlsoWithNamesThatPointThemselves()
    {
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer);
        Assert.True(writer.TryWriteQuestion(new DnsQuestion(Name("web.service.consul"), DnsType.A)));
        Assert.True(writer.TryWriteName(DnsSection.Answer, Name("web.service.consul"), DnsType.Cname, 0, Name("x.node.consul")));

        // x.node.consul is 1 78 4 node + pointer at 49; y.x.node.consul points there.
        Assert.True(writer.TryWriteAddress(DnsSection.Answer, Name("y.x.node.consul"), 0, [1, 2, 3, 4]));
        Assert.True(writer.TryWriteAddress(DnsSection.Answer, Name("node.consul"), 0, [1, 2, 3, 4]));
        var hex = Finish(writer, buffer);

        Assert.Contains("0178046E6F6465C018", hex, StringComparison.Ordinal);
        Assert.Contains("0179C030", hex, StringComparison.Ordinal);
        Assert.EndsWith("C03200010001000000000004" + "01020304", hex, StringComparison.Ordinal);
    }

    [Fact]
    public void Case_IsKept_SoOtherCaseDoesNotPoint()
    {
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer);
        Assert.True(writer.TryWriteQuestion(new DnsQuestion(Name("Consul"), DnsType.A)));

        Assert.True(writer.TryWriteAddress(DnsSection.Answer, Name("consul"), 0, [1, 2, 3, 4]));

        Assert.Contains("06636F6E73756C00", Finish(writer, buffer), StringComparison.Ordinal);
    }

    [Fact]
    public void SrvTarget_IsWrittenOut_AndCanBePointedTo()
    {
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer);
        Assert.True(writer.TryWriteQuestion(new DnsQuestion(Name("web.service.consul"), DnsType.Srv)));

        Assert.True(writer.TryWriteSrv(DnsSection.Answer, DnsOwner.At(Name("web.service.consul"), 12), 0, 1, 2, 80, Name("a.consul")));
        var target = writer.TargetOffset;
        Assert.True(writer.TryWriteAddress(DnsSection.Additional, Name("a.consul"), 0, [1, 2, 3, 4]));
        var hex = Finish(writer, buffer);

        Assert.Contains("0001000200500161" + "06636F6E73756C00", hex, StringComparison.Ordinal);
        Assert.EndsWith($"C0{target:X2}00010001000000000004" + "01020304", hex, StringComparison.Ordinal);
    }

    [Fact]
    public void Record_ThatDoesNotFit_IsLeftOutAsAWhole_AtEveryLength()
    {
        const int QuestionEnd = 12 + 8 + 4;
        const int Whole = QuestionEnd + 12 + 5 + 13 + 20;
        for (var limit = QuestionEnd; limit <= Whole; limit++)
        {
            var buffer = new byte[100];
            var writer = new DnsMessageWriter(buffer) { Limit = limit };
            Assert.True(writer.TryWriteQuestion(new DnsQuestion(Name("consul"), DnsType.Soa)));

            var done = writer.TryWriteSoa(DnsSection.Answer, Name("consul"), 0, Name("ns.consul"), Name("hostmaster.consul"), 1, 2, 3, 4, 5);

            Assert.Equal(limit == Whole, done);
            Assert.Equal(done ? Whole : QuestionEnd, writer.Length);
            writer.Finish(default);
            Assert.True(DnsHeader.TryRead(buffer, out var header));
            Assert.Equal(done ? 1 : 0, header.Answers);
        }
    }

    [Fact]
    public void NameThatWasTakenBack_IsNotPointedTo()
    {
        var buffer = new byte[100];
        var writer = new DnsMessageWriter(buffer);
        Assert.True(writer.TryWriteQuestion(new DnsQuestion(Name("consul"), DnsType.A)));
        var mark = writer.Mark();
        Assert.True(writer.TryWriteAddress(DnsSection.Answer, Name("ns.consul"), 0, [1, 2, 3, 4]));

        writer.Undo(mark);
        Assert.True(writer.TryWriteAddress(DnsSection.Answer, Name("www.ns.consul"), 0, [1, 2, 3, 4]));

        Assert.Contains("03777777026E73C00C", Finish(writer, buffer), StringComparison.Ordinal);
    }

    [Fact]
    public void Question_ThatDoesNotFit_LeavesNothing()
    {
        for (var limit = 12; limit < 24; limit++)
        {
            var writer = new DnsMessageWriter(new byte[100]) { Limit = limit };

            Assert.False(writer.TryWriteQuestion(new DnsQuestion(Name("consul"), DnsType.Soa)));

            Assert.Equal(12, writer.Length);
        }
    }

    [Fact]
    public void LongText_BecomesSeveralStrings()
    {
        var buffer = new byte[512];
        var writer = new DnsMessageWriter(buffer);
        var text = Encoding.ASCII.GetBytes(new string('x', 300));

        Assert.True(writer.TryWriteText(DnsSection.Answer, Name("a"), 0, text));

        const int Data = 12 + 3 + 10;
        Assert.Equal(302, (buffer[Data - 2] << 8) | buffer[Data - 1]);
        Assert.Equal(255, buffer[Data]);
        Assert.Equal(45, buffer[Data + 256]);
        Assert.Equal(Data + 302, writer.Length);
    }

    [Fact]
    public void Fragment_IsAppendedWithItsCounts_OrNotAtAll()
    {
        var buffer = new byte[60];
        var writer = new DnsMessageWriter(buffer);
        Assert.True(writer.TryWriteQuestion(new DnsQuestion(Name("consul"), DnsType.A)));
        var fragment = DnsMessageWriter.Fragment(new byte[100]);
        Assert.True(fragment.TryWriteAddress(DnsSection.Additional, DnsOwner.At(Name("consul"), 12), 0, [1, 2, 3, 4]));

        Assert.True(writer.TryAppend(fragment));
        Assert.True(fragment.TryWriteAddress(DnsSection.Additional, DnsOwner.At(Name("consul"), 12), 0, [1, 2, 3, 4]));
        Assert.False(writer.TryAppend(fragment));

        Assert.EndsWith("C00C00010001000000000004" + "01020304", Finish(writer, buffer), StringComparison.Ordinal);
        Assert.True(DnsHeader.TryRead(buffer, out var header));
        Assert.Equal(1, header.Additionals);
    }

    [Fact]
    public void NamesBeyondTheReachOfPointers_AreWrittenOut()
    {
        var buffer = new byte[40_000];
        var writer = new DnsMessageWriter(buffer);
        Assert.True(writer.TryWriteRaw(DnsSection.Answer, Name("a"), DnsType.Mx, DnsClass.Internet, 0, new byte[20_000]));
        Assert.True(writer.TryWriteAddress(DnsSection.Answer, Name("far.away"), 0, [1, 2, 3, 4]));
        Assert.True(writer.TryWriteAddress(DnsSection.Answer, Name("far.away"), 0, [1, 2, 3, 4]));


        var hex = Finish(writer, buffer);

        Assert.Equal(2, hex.Split("0366617204617761790000010001").Length - 1);
    }

    [Fact]
    public void Header_KeepsTheFlagsThatItWasGiven()
    {
        var header = new DnsHeader(7, 0)
        {
            IsResponse = true,
            Opcode = DnsOpcode.Notify,
            Authoritative = true,
            Truncated = true,
            RecursionDesired = true,
            RecursionAvailable = true,
            Authenticated = true,
            CheckingDisabled = true,
            ResponseCode = DnsResponseCode.Refused,
        };

        Assert.Equal(0xA7B5, header.Flags);
        Assert.Equal(0x87B0, (header with { Opcode = DnsOpcode.Query, ResponseCode = DnsResponseCode.NoError }).Flags);
        Assert.Equal(0x2735, (header with { IsResponse = false, RecursionAvailable = false }).Flags);
    }

    private static DnsName Name(string text)
    {
        var wire = new byte[DnsName.MaxLength];
        Assert.True(DnsName.TryEncode(text, wire, out var length));
        Assert.True(DnsName.TryCreate(wire.AsSpan(0, length), out var name));
        return name;
    }

    private static string Finish(in DnsMessageWriter writer, byte[] buffer) =>
        Convert.ToHexString(buffer, 0, writer.Finish(new DnsHeader(0x1234, 0x8580)));
}
