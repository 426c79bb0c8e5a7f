using System.Net;
using System.Net.Sockets;
using System.Text;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Overload;

/// <summary>Who takes too long is cut off, and what was held for it is free again. In real time, because the server's own clock measures it.</summary>
[Collection(AloneCollection.Name)]
public sealed class SlowClientTests
{
    // Five seconds of patience, and some for the machine.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task SlowReaderSlowSenderAndWhoSaysNothing_AreCutOff()
    {
        await using var agent = await AgentFixture.StartAsync(configure: static options =>
        {
            options.Limits.MinBytesPerSecond = 100e6;
            options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(3);
            options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(3);
            options.PrometheusRetention = TimeSpan.FromHours(1);
        });
        for (var i = 0; i < 40; i++)
        {
            await agent.PutAsync($"kv/big/{i}", new string('x', 500_000));
        }

        using var reader = await ConnectAsync(agent, "GET /v1/kv/big?recurse HTTP/1.1\r\nHost: a\r\n\r\n");
        using var sender = await ConnectAsync(agent, $"PUT /v1/kv/slow HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n{new string('x', 100_000)}");
        using var half = await ConnectAsync(agent, "GET /v1/kv/a HTTP/1.1\r\nHost:");
        using var silent = await ConnectAsync(agent, "");
        using var idle = await ConnectAsync(agent, "GET /v1/status/leader HTTP/1.1\r\nHost: a\r\n\r\n");
        await Eventually.TrueAsync(() => agent.Agent.Load.BytesInFlight > 20 << 20);

        await Eventually.TrueAsync(() => agent.Agent.Load.BytesInFlight == 0, s_patience);
        await Eventually.TrueAsync(() => agent.Agent.Load.Connections <= 1, s_patience, () => $"{agent.Agent.Load.Connections} connections");

        Assert.StartsWith("HTTP/1.1 408 ", await ReadToEndAsync(sender), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 408 ", await ReadToEndAsync(half), StringComparison.Ordinal);
        Assert.Equal("", await ReadToEndAsync(silent));
        Assert.StartsWith("HTTP/1.1 200 ", await ReadToEndAsync(idle), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync("kv/slow")).Status);

        // The reader, the sender and the one with half a request. Who says nothing is refused nothing.
        Assert.Contains("rollcall_agent_refused{reason=\"slow_client\"} 3", (await agent.GetAsync("agent/metrics?format=prometheus")).Body.Split('\n'));
    }

    private static async Task<Socket> ConnectAsync(AgentFixture agent, string text)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8192 };
        await socket.ConnectAsync(IPAddress.Loopback, agent.Agent.HttpAddress.Port).WithinAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(text)).WithinAsync();
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer).WithinAsync() is > 0 and var length)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, length));
            }
        }
        catch (SocketException)
        {
            // Reset after the answer.
        }

        return text.ToString();
    }
}
