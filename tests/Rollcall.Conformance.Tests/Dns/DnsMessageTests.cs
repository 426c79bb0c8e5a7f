using System.Net.Sockets;
using Rollcall.Dns;
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

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        var buffer = new byte[512];
        return Convert.ToHexString(buffer, 0, await socket.ReceiveAsync(buffer).WithinAsync());
    }
}
