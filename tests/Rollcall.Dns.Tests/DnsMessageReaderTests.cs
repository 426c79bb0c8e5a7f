using Rollcall.Dns.Records;

namespace Rollcall.Dns.Tests;

public class DnsMessageReaderTests
{
    private const string Header = "123401000001000000000000";

    private const string Answer =
        "12348500000100010000000104686F7374077365727669636506636F6E73756C0000010001C00C00050001000000000012"
        + "04736F6D65076578616D706C65036F7267000000291000000000000000";

    [Theory]
    [InlineData("C00C00010001", DnsFault.Pointer)]
    [InlineData("03776562C00C00010001", DnsFault.Pointer)]
    [InlineData("C020000100010000000000000000000000000000", DnsFault.Pointer)]
    [InlineData("C000000100010000000000000000", DnsFault.Pointer)]
    [InlineData("C0", DnsFault.Cut)]
    [InlineData("8077656200" + "00010001", DnsFault.LabelType)]
    [InlineData("4077656200" + "00010001", DnsFault.LabelType)]
    [InlineData("037765", DnsFault.Cut)]
    [InlineData("0377656200" + "000100", DnsFault.Cut)]
    public void Question_WithABadName_IsAFault(string hex, DnsFault expected)
    {
        var reader = new DnsMessageReader(Convert.FromHexString(Header + hex));

        Assert.False(reader.TryReadQuestion(new byte[DnsName.MaxLength], out _));

        Assert.Equal(expected, reader.Fault);
        Assert.False(reader.TryReadRecord(new byte[DnsName.MaxLength], out _));
    }

    [Fact]
    public void Name_LongerThan255_IsAFault()
    {
        var label = "3F" + string.Concat(Enumerable.Repeat("61", 63));
        var reader = new DnsMessageReader(Convert.FromHexString($"{Header}{label}{label}{label}{label}0000010001"));

        Assert.False(reader.TryReadQuestion(new byte[512], out _));

        Assert.Equal(DnsFault.NameTooLong, reader.Fault);
    }

    [Fact]
    public void Pointers_ThatGoBackEachTime_AreFollowed()
    {
        // consul at 12, web.consul at 24, a.web.consul at 34.
        var reader = new DnsMessageReader(Convert.FromHexString(
            "123401000003000000000000" + "06636F6E73756C0000010001" + "03776562C00C00010001" + "0161C01800010001"));
        var buffer = new byte[DnsName.MaxLength];
        Assert.True(reader.TryReadQuestion(buffer, out _));
        Assert.True(reader.TryReadQuestion(buffer, out _));

        Assert.True(reader.TryReadQuestion(buffer, out var question));

        Assert.Equal("a.web.consul.", question.Name.ToString());
        Assert.Equal(DnsFault.None, reader.Fault);
    }

    [Theory]
    [InlineData("0001", "00030A0000", DnsFault.RecordData)]
    [InlineData("0001", "00050A00000101", DnsFault.RecordData)]
    [InlineData("001C", "00040A000001", DnsFault.RecordData)]
    [InlineData("0021", "0006000100010050", DnsFault.RecordData)]
    [InlineData("0021", "0008000100010050C00C", DnsFault.None)]
    [InlineData("0021", "0009000100010050C00C00", DnsFault.RecordData)]
    [InlineData("0021", "0007000100010050C00C", DnsFault.RecordData)]
    [InlineData("0005", "0001C00C", DnsFault.RecordData)]
    [InlineData("0010", "0003056162", DnsFault.RecordData)]
    [InlineData("0010", "0003026162", DnsFault.None)]
    [InlineData("0006", "0004C00CC00C", DnsFault.RecordData)]
    [InlineData("0001", "00FF0A000001", DnsFault.Cut)]
    public void Record_WhoseDataAreNotWhatItsTypeSays_IsAFault(string type, string lengthAndData, DnsFault expected)
    {
        var bytes = Convert.FromHexString("123481000001000100000000" + "06636F6E73756C0000010001" + $"C00C{type}000100000000" + lengthAndData);

        Assert.Equal(expected, DnsMessage.TryParse(bytes, out var message));

        Assert.Equal(expected == DnsFault.None, message is not null);
    }

    [Theory]
    [InlineData("000100000000", "0000291000000000000000", DnsFault.Edns)]
    [InlineData("000000000002", "0000291000000000000000" + "0000291000000000000000", DnsFault.Edns)]
    [InlineData("000000000001", "0161000029100000000000" + "0000", DnsFault.Edns)]
    [InlineData("000000000001", "0000291000000180000000", DnsFault.None)]
    public void Edns_OnceWithoutNameInTheAdditionalSection_IsTheOnlyPlace(string counts, string records, DnsFault expected)
    {
        var bytes = Convert.FromHexString("123401000000" + counts + records);

        Assert.Equal(expected, DnsMessage.TryParse(bytes, out var message));

        Assert.Equal(expected == DnsFault.None ? new DnsEdns(4096, 0, 1, DnssecOk: true) : null, message?.Edns);
    }

    [Fact]
    public void Message_CutAtEveryLength_IsAFault()
    {
        var whole = Convert.FromHexString(Answer);
        Assert.Equal(DnsFault.None, DnsMessage.TryParse(whole, out _));
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Equal(DnsFault.Cut, DnsMessage.TryParse(whole.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void Answer_OfARealConsul_IsReadAndWrittenAsItWas()
    {
        Assert.Equal(DnsFault.None, DnsMessage.TryParse(Convert.FromHexString(Answer), out var message));

        Assert.True(message!.Header.IsResponse && message.Header.Authoritative);
        Assert.Equal(new DnsQuestionRecord("host.service.consul.", DnsType.A), Assert.Single(message.Questions));
        Assert.Equal(new NameRecord("host.service.consul.", DnsType.Cname, 0, "some.example.org."), Assert.Single(message.Answers));
        Assert.Equal(new DnsEdns(4096), message.Edns);
        var written = new byte[512];
        Assert.Equal(Answer, Convert.ToHexString(written, 0, message.Write(written)));
    }
}
