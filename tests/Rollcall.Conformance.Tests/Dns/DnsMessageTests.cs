using System.Net.Sockets;
using Rollcall.Dns;
using Rollcall.Dns.Records;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Dns;

/// <summary>Both agents get the same bytes.</summary>
public class DnsMessageTests(Agents agents) : IClassFixture<Agents>
{
    /// <summary>A datagram, and what comes back; null: nothing.</summary>
    private static readonly Dictionary<string, string?> s_nonsense = new(StringComparer.Ordinal)
    {
        ["123481000001000000000000"] = null,
        ["1234"] = null,
        ["123428000001000000000000"] = "1234A8040000000000000000",
        ["123409000001000000000000"] = "123489040000000000000000",
        ["123401000002000000000000"] = "123481010000000000000000",
        ["123401000001000200000000"] = "123481010000000000000000",
        ["123401000001000000000003"] = "123481010000000000000000",
        ["123401000000000000000000"] = "123481010000000000000000",
        ["123401000001000000000000C00C00010001"] = "123481010000000000000000",
        ["12340100000100000000000003776562C00C00010001"] = "123481010000000000000000",
        ["12340100000100000000000080776562000000010001"] = "123481010000000000000000",
        ["12340100000100000000000003776562"] = "123481010000000000000000",
    };

    /// <summary>Options of a question's EDNS record, and those of the answer; null: the question is refused as malformed.</summary>
    private static readonly Dictionary<string, string?> s_options = new(StringComparer.Ordinal)
    {
        ["0008 0007 0001 18 00 0A0001"] = "0008 0007 0001 18 00 0A0001",
        ["0008 0007 0001 18 18 0A0001"] = "0008 0007 0001 18 00 0A0001",
        ["0008 0014 0002 80 00 FD000000000000000000000000000001"] = "0008 0014 0002 80 00 FD000000000000000000000000000001",
        ["0008 0004 0000 00 00"] = "0008 0004 0000 00 00",
        ["0008 0004 0001 00 00"] = "0008 0004 0001 00 00",
        ["000A 0008 0102030405060708 0008 0006 0001 10 00 0A01"] = "0008 0006 0001 10 00 0A01",

        // Of two the first counts, and bits beyond the prefix do not.
        ["0008 0005 0001 08 00 0A 0008 0005 0001 08 00 0B"] = "0008 0005 0001 08 00 0A",
        ["0008 0007 0001 14 00 0AFFFF"] = "0008 0007 0001 14 00 0AFFF0",
        ["0008 0008 0001 18 00 0AFFFFFF"] = "0008 0007 0001 18 00 0AFFFF",
        ["0008 0005 0001 18 00 0A"] = "0008 0007 0001 18 00 0A0000",
        ["0008 0015 0002 80 00 FD00000000000000000000000000000122"] = "0008 0014 0002 80 00 FD000000000000000000000000000001",
        ["0008 0006 0000 00 00 0A01"] = "0008 0004 0000 00 00",

        // A family that there is not, a prefix longer than its addresses, an option without one (RFC 7871 7.1.2).
        ["0008 0004 0003 00 00"] = null,
        ["0008 0004 0000 01 00"] = null,
        ["0008 0008 0001 21 00 0A000001"] = null,
        ["0008 0007 0001 18 21 0A0001"] = null,
        ["0008 0005 0002 81 00 FD"] = null,
        ["0008 0005 0001 08 00 0A 0008 0004 0001 21 00"] = null,
        ["0008 0003 0001 18"] = null,
        ["0008 0000"] = null,
    };

    public static IEnumerable<string> Options => s_options.Keys;

    public static IEnumerable<string> Nonsense => s_nonsense.Keys;

    [Theory]
    [OnEmbedded(nameof(Nonsense))]
    [OnConsul(nameof(Nonsense))]
    public async Task Nonsense_GetsAnErrorOrNothing(AgentKind kind, string hex)
    {
        var agent = await agents.GetAsync(kind);
        using var socket = new Socket(agent.Dns.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(agent.Dns);
        _ = await socket.SendAsync(Convert.FromHexString(hex));
        if (s_nonsense[hex] is { } expected)
        {
            Assert.Equal(expected, await ReceiveAsync(socket));
            return;
        }

        // Who is not answered is passed over before the next one is answered.
        _ = await socket.SendAsync(DnsProbe.Question("consul", DnsType.A));
        Assert.StartsWith("12348503", await ReceiveAsync(socket), StringComparison.Ordinal);
    }

    [Theory]
    [OnEmbedded(nameof(Options))]
    [OnConsul(nameof(Options))]
    public async Task ClientSubnet_ComesBackCutToItsPrefix_OrIsAnError(AgentKind kind, string hex)
    {
        var agent = await agents.GetAsync(kind);
        var question = new byte[512];
        var length = new DnsMessage
        {
            Header = new DnsHeader(0x1234, 0) { RecursionDesired = true },
            Questions = [new DnsQuestionRecord("nope.service.consul", DnsType.A)],
            Edns = new DnsEdns(1232),
            EdnsOptions = Bytes(hex),
        }.Write(question);

        var bytes = await DnsProbe.SendByUdpAsync(agent.Dns, question[..length]);

        Assert.Equal(DnsFault.None, DnsMessage.TryParse(bytes, out var answer));
        Assert.Equal(s_options[hex] is null ? DnsResponseCode.FormatError : DnsResponseCode.NameError, answer!.Header.ResponseCode);
        Assert.Equal(Convert.ToHexString(Bytes(s_options[hex] ?? "")), Convert.ToHexString(answer.EdnsOptions.Span));

        static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[512];
        return Convert.ToHexString(buffer, 0, await socket.ReceiveAsync(buffer).WithinAsync());
    }
}
