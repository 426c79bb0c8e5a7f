using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http.Listening;

public sealed class HostTests
{
    // As Go's server has it: of a Host only the letters count. What a client sends whose address is ":8500" is one, too.
    [Theory]
    [InlineData(":8500", 200)]
    [InlineData("[::1", 200)]
    [InlineData("[]", 200)]
    [InlineData("[1]", 200)]
    [InlineData("x:abc", 200)]
    [InlineData("x:", 200)]
    [InlineData("", 200)]
    [InlineData("[::1]:8500", 200)]
    [InlineData("a:80", 200)]
    [InlineData("a b", 400)]
    [InlineData("a/b", 400)]
    [InlineData("a@b", 400)]
    public async Task Host_IsTakenAsByConsul(string host, int status)
    {
        foreach (var dedicated in (bool[])[false, true])
        {
            await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, NodeName = "n1", DedicatedProcess = dedicated });

            Assert.Equal(status == 200 ? 2 : 1, Regex.Count(await AskTwiceAsync(agent, host), $"HTTP/1.1 {status} "));
        }
    }

    // What stands before the API may well look at it.
    [Theory]
    [InlineData("a.example:80", "a.example:80")]
    [InlineData("[::1]:8500", "[::1]:8500")]
    [InlineData(":8500", "")]
    public async Task Middleware_SeesTheHost_WhereItIsOne(string host, string seen)
    {
        string? found = null;
        await using var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions
        {
            HttpPort = 0,
            NodeName = "n1",
            Middleware = next => context =>
            {
                found = context.Request.Host.Value;
                return next(context);
            },
        });
        _ = await AskTwiceAsync(agent, host);

        Assert.Equal(seen, found);
    }

    /// <summary>All that is answered. The second request comes by a connection that remembers the first.</summary>
    private static async Task<string> AskTwiceAsync(ConsulAgent agent, string host)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, agent.HttpAddress.Port).WithinAsync();
        var request = $"GET /v1/status/leader HTTP/1.1\r\nHost: {host}\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{request}\r\n{request}Connection: close\r\n\r\n"));
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync().WithinAsync();
    }
}
