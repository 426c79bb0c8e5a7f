using System.Net;
using System.Text;
using Rollcall.Dns.Records;

namespace Rollcall.Dns.Tests.Records;

public class DnsMessageTests
{
    [Fact]
    public void EveryKindOfRecord_ComesBackAsItWas()
    {
        DnsRecord[] records =
        [
            new AddressRecord("a.test.", 1, IPAddress.Parse("192.0.2.1")),
            new AddressRecord("a.test.", 2, IPAddress.Parse("2001:db8::1")),
            new SrvRecord("_x._tcp.test.", 3, 1, 2, 3, "a.test."),
            new NameRecord("test.", DnsType.Ns, 4, "ns.test."),
            new NameRecord("b.test.", DnsType.Cname, uint.MaxValue, "a.test."),
            new NameRecord("1.2.0.192.in-addr.arpa.", DnsType.Ptr, 6, "a.test."),
            new SoaRecord("test.", 7, "ns.test.", @"first\.last.test.", 1, 2, 3, 4, 5),
        ];
        var sent = new DnsMessage
        {
            Header = new DnsHeader(9, 0) { IsResponse = true },
            Questions = [new DnsQuestionRecord("test.", DnsType.Any)],
            Answers = records,
            Authorities = [records[3]],
            Additionals = [records[0], records[1]],
            Edns = new DnsEdns(1232, 1, 0, DnssecOk: true),
            EdnsOptions = new byte[] { 0, 10, 0, 0 },
        };
        var bytes = new byte[1000];

        var length = sent.Write(bytes);
        Assert.Equal(DnsFault.None, DnsMessage.TryParse(bytes.AsSpan(0, length), out var read));

        Assert.Equal(records, read!.Answers);
        Assert.Equal(sent.Authorities, read.Authorities);
        Assert.Equal(sent.Additionals, read.Additionals);
        Assert.Equal(sent.Questions, read.Questions);
        Assert.Equal(sent.Edns, read.Edns);
        Assert.Equal(sent.EdnsOptions.ToArray(), read.EdnsOptions.ToArray());
        Assert.Equal(9, read.Header.Id);
    }

    [Fact]
    public void TextAndUnknownKinds_ComeBackAsTheyWere()
    {
        var text = Encoding.UTF8.GetBytes(new string('ü', 200));
        var sent = new DnsMessage { Answers = [new TextRecord("a.", 0, text), new OtherRecord("a.", (DnsType)65280, (DnsClass)3, 0, new byte[] { 1, 2 })] };
        var bytes = new byte[1000];

        Assert.Equal(DnsFault.None, DnsMessage.TryParse(bytes.AsSpan(0, sent.Write(bytes)), out var read));

        Assert.Equal(text, Assert.IsType<TextRecord>(read!.Answers[0]).Text.ToArray());
        var other = Assert.IsType<OtherRecord>(read.Answers[1]);
        Assert.Equal(((DnsType)65280, (DnsClass)3), (other.Type, other.Class));
        Assert.Equal([1, 2], other.Data.ToArray());
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123.b")]
    public void Write_WithANameThatIsNone_WritesNothing(string name)
    {
        Assert.Equal(0, new DnsMessage { Questions = [new DnsQuestionRecord(name, DnsType.A)] }.Write(new byte[512]));
        Assert.Equal(0, new DnsMessage { Answers = [new NameRecord("a.", DnsType.Cname, 0, name)] }.Write(new byte[512]));
    }

    [Fact]
    public void Write_ThatDoesNotFit_WritesNothing()
    {
        var message = new DnsMessage { Questions = [new DnsQuestionRecord("a.", DnsType.A)], Edns = new DnsEdns(512) };
        var whole = message.Write(new byte[512]);

        for (var size = 0; size < whole; size++)
        {
            Assert.Equal(0, message.Write(new byte[size]));
        }

        Assert.Equal(whole, message.Write(new byte[whole]));
    }
}
