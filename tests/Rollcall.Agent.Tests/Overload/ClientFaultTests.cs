using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Overload;

/// <summary>Clients that are refused for what they do themselves are counted, and are nothing to warn of.</summary>
public sealed class ClientFaultTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");
    private readonly TestCertificates _certificates = new();

    public void Dispose()
    {
        _certificates.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task BodiesThatAreTooLarge_AreCounted()
    {
        await using var agent = await StartAsync();
        var large = new string('x', 600_000);
        foreach (var (path, body) in ((string, string)[])[
            ("kv/a", large),
            ("txn", large),
            ("session/create", large),
            ("txn", $"[{string.Join(',', Enumerable.Repeat("""{"KV":{"Verb":"get","Key":"a"}}""", 65))}]")])
        {
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await agent.SendAsync("PUT", path, body)).Status);
        }

        // Nobody says beforehand how long this one is.
        Assert.StartsWith("HTTP/1.1 413 ", await SendAsync(agent.Agent.HttpAddress, $"PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{large.Length:x}\r\n{large}\r\n0\r\n\r\n"), StringComparison.Ordinal);

        await CountsAsync(agent, "body", 5);
    }

    [Theory]
    [InlineData(true, "HTTP/1.1 414 ")]
    [InlineData(false, "HTTP/1.1 431 ")]
    public async Task LinesAndHeadersThatAreTooLong_AreCounted(bool isLine, string status)
    {
        await using var agent = await StartAsync();
        var large = new string('x', 100_000);

        Assert.StartsWith(status, await SendAsync(agent.Agent.HttpAddress, isLine ? $"GET /v1/kv/{large} HTTP/1.1\r\nHost: a\r\n\r\n" : $"GET /v1/kv/a HTTP/1.1\r\nHost: a\r\nX: {large}\r\n\r\n"), StringComparison.Ordinal);

        await CountsAsync(agent, "head", 1);
    }

    [Fact]
    public async Task HandshakesThatFail_AreCounted_AndWhoOnlyConnectsIsNot()
    {
        var (certificate, key) = (Path.Combine(_directory.FullName, "agent.pem"), Path.Combine(_directory.FullName, "agent.key"));
        using var issued = _certificates.Issue("localhost");
        await File.WriteAllTextAsync(certificate, issued.ExportCertificatePem());
        await File.WriteAllTextAsync(key, issued.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await using var agent = await StartAsync(options => (options.HttpsPort, options.Tls.CertificateFile, options.Tls.KeyFile) = (0, certificate, key));
        using (var looking = new TcpClient())
        {
            await looking.ConnectAsync(IPAddress.Loopback, agent.Agent.HttpsAddress!.Port).WithinAsync();
        }

        Assert.StartsWith("HTTP/1.0 400 ", await SendAsync(agent.Agent.HttpsAddress!, "GET /v1/status/leader HTTP/1.1\r\nHost: a\r\n\r\n"), StringComparison.Ordinal);
        await SendAsync(agent.Agent.HttpsAddress!, "\u0016\u0003\u0001\0\u0004none of this is a handshake");
        await Eventually.TrueAsync(() => agent.Agent.Load.Connections <= 1);

        await CountsAsync(agent, "tls_handshake", 2);
    }

    private static Task<AgentFixture> StartAsync(Action<ConsulAgentOptions>? configure = null) => AgentFixture.StartAsync(configure: options =>
    {
        options.PrometheusRetention = TimeSpan.FromHours(1);
        configure?.Invoke(options);
    });

    private static Task CountsAsync(AgentFixture agent, string reason, int count) => Eventually.PassesAsync(async () =>
    {
        var refused = (await agent.GetAsync("agent/metrics?format=prometheus")).Body.Split('\n').Where(static line => line.StartsWith("rollcall_agent_refused{", StringComparison.Ordinal));
        Assert.Equal($"rollcall_agent_refused{{reason=\"{reason}\"}} {count}", Assert.Single(refused));
        Assert.DoesNotContain(agent.Log.Entries, static entry => entry.EventId.Id == 113);
    });

    private static async Task<string> SendAsync(Uri address, string text)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, address.Port).WithinAsync();
        var answer = new byte[4096];
        try
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(text)).WithinAsync();
            return Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer).WithinAsync());
        }
        catch (SocketException)
        {
            return "";
        }
    }
}
