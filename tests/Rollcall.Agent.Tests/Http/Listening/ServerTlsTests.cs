using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http.Listening;

public sealed class ServerTlsTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");
    private readonly TestCertificates _certificates = new();

    public void Dispose()
    {
        _certificates.Dispose();
        _directory.Delete(recursive: true);
    }

    // Those of TLS 1.3 are not up to the configuration, as in Consul.
    [Theory]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", SslProtocols.Tls12, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, true)]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", SslProtocols.Tls12, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, false)]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", SslProtocols.Tls13, TlsCipherSuite.TLS_AES_128_GCM_SHA256, true)]
    [InlineData("", SslProtocols.Tls12, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, true)]
    public async Task CipherSuites_AreThoseOfTheConfiguration(string suites, SslProtocols version, TlsCipherSuite offered, bool isTaken)
    {
        await using var agent = await StartAsync($"tls_cipher_suites = \"{suites}\"");
        var shaking = ShakeHandsAsync(agent, version, [offered]);
        if (isTaken)
        {
            Assert.Equal(offered, (await shaking).Suite);
        }
        else
        {
            // A refusal, and nothing on this side that never was sent.
            Assert.Contains("handshake failure", (await Assert.ThrowsAsync<AuthenticationException>(() => shaking)).GetBaseException().Message, StringComparison.Ordinal);
        }
    }

    // Whatever tls_prefer_server_cipher_suites says.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CipherSuites_AreChosenInTheOrderOfTheAgent(bool prefers)
    {
        await using var agent = await StartAsync(
            "tls_cipher_suites = \"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\" "
            + $"tls_prefer_server_cipher_suites = {(prefers ? "true" : "false")}");

        var (suite, _) = await ShakeHandsAsync(
            agent, SslProtocols.Tls12, [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]);

        Assert.Equal(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, suite);
    }

    // Every file of it counts, also in directories below it; and a file that is named wins over it.
    [Theory]
    [InlineData("ca.pem", false, true)]
    [InlineData("below/ca.crt", false, true)]
    [InlineData("below/ca.crt", true, false)]
    public async Task AuthoritiesOfADirectory_AreThoseOfClients(string name, bool isFileNamed, bool isKnown)
    {
        using var others = new TestCertificates();
        var (other, own) = (Write("authorities/other.pem", others.AuthorityPem), Write($"authorities/{name}", _certificates.AuthorityPem));
        Assert.NotEqual(other, own);
        await using var agent = await StartAsync($"verify_incoming = true ca_path = \"{Path.Combine(_directory.FullName, "authorities")}\"{(isFileNamed ? $" ca_file = \"{other}\"" : "")}");
        using var certificate = _certificates.Issue("client");
        var asking = ShakeHandsAsync(agent, SslProtocols.Tls12, [], certificate);
        if (isKnown)
        {
            Assert.StartsWith("HTTP/1.1 200", (await asking).Answer, StringComparison.Ordinal);
        }
        else
        {
            await Assert.ThrowsAnyAsync<Exception>(() => asking);
        }
    }

    // As in Consul, which walks what is below it.
    [Fact]
    public async Task DirectoryOfAuthorities_MayBeAFile()
    {
        await using var agent = await StartAsync($"verify_incoming = true ca_path = \"{Write("ca.crt", _certificates.AuthorityPem)}\"");
        using var certificate = _certificates.Issue("client");
        Assert.StartsWith("HTTP/1.1 200", (await ShakeHandsAsync(agent, SslProtocols.Tls12, [], certificate)).Answer, StringComparison.Ordinal);
    }

    // Consul reads them whether there is HTTPS or not.
    [Theory]
    [InlineData("ca_file = \"{0}/none.pem\"", "{0}/none.pem (ca_file) can't be used: ")]
    [InlineData("ca_file = \"{0}/junk/junk\"", "{0}/junk/junk (ca_file) can't be used: ")]
    [InlineData("ca_path = \"{0}/none\"", "{0}/none (ca_path) can't be used: ")]
    [InlineData("ca_path = \"{0}/junk\"", "{0}/junk/junk (ca_path) can't be used: there is no certificate in it")]
    [InlineData("ca_path = \"{0}/empty\"", "{0}/empty (ca_path) can't be used: there is no certificate in it")]
    [InlineData("cert_file = \"{0}/none.pem\" key_file = \"{0}/none.pem\"", "{0}/none.pem (cert_file) and {0}/none.pem (key_file) can't be used: ")]
    public async Task FileThatIsNone_IsNamed_WithoutHttps(string hcl, string message)
    {
        _directory.CreateSubdirectory("empty");
        Write("junk/junk", "junk");
        var configuration = new AgentConfiguration();
        configuration.AddText("test", hcl.Replace("{0}", _directory.FullName, StringComparison.Ordinal), "hcl");
        var options = configuration.ToOptions();
        options.HttpPort = 0;

        var fault = await Assert.ThrowsAsync<ConsulAgentException>(async () => await (await ConsulAgent.StartAsync(options)).DisposeAsync());

        Assert.StartsWith(message.Replace("{0}", _directory.FullName, StringComparison.Ordinal), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AuthorityThatIsNone_IsToldAtAReload_AndChangesNothing()
    {
        var text = "";
        await using var agent = await AgentFixture.StartAsync(configuration: () =>
        {
            var configuration = new AgentConfiguration();
            configuration.AddText("test", text, "hcl");
            return configuration;
        });
        agent.Log.Expect(static entry => entry.EventId.Id == 104);

        text = "ca_path = \"/no/such\" service { name = \"a\" }";
        var refused = await agent.SendAsync("PUT", "agent/reload");

        Assert.Equal(HttpStatusCode.InternalServerError, refused.Status);
        Assert.Contains("/no/such (ca_path) can't be used", refused.Body, StringComparison.Ordinal);
        Assert.Equal("{}", (await agent.GetAsync("agent/services")).Body);
    }

    private async Task<ConsulAgent> StartAsync(string hcl)
    {
        using var certificate = _certificates.Issue("localhost");
        using var secret = certificate.GetECDsaPrivateKey()!;
        var (cert, key) = (Write("cert.pem", certificate.ExportCertificatePem()), Write("key.pem", secret.ExportPkcs8PrivateKeyPem()));
        var configuration = new AgentConfiguration();
        configuration.AddText("test", $$"""ports { https = 0 } cert_file = "{{cert}}" key_file = "{{key}}" {{hcl}}""", "hcl");
        var options = configuration.ToOptions();
        (options.HttpPort, options.DnsPort, options.NodeName) = (0, -1, "n1");
        return await ConsulAgent.StartAsync(options);
    }

    /// <summary>What both sides agree on, and how an answer begins.</summary>
    private async Task<(TlsCipherSuite Suite, string Answer)> ShakeHandsAsync(ConsulAgent agent, SslProtocols version, TlsCipherSuite[] offered, X509Certificate2? shown = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, agent.HttpsAddress!.Port).WithinAsync();
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = version,
            CipherSuitesPolicy = offered.Length == 0 || OperatingSystem.IsWindows() ? null : new CipherSuitesPolicy(offered),
            ClientCertificates = shown is null ? null : [shown],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => shown!,
            RemoteCertificateValidationCallback = (_, server, _, _) => server is X509Certificate2 certificate && _certificates.HasIssued(certificate),
        }).WithinAsync();
        await tls.WriteAsync("GET /v1/status/leader HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        var answer = new byte[15];
        await tls.ReadExactlyAsync(answer).AsTask().WithinAsync();
        return (tls.NegotiatedCipherSuite, System.Text.Encoding.ASCII.GetString(answer));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
