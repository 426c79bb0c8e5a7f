using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Rollcall.Agent.Checks;
using Rollcall.Agent.Http.Listening;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

/// <summary>Checks that come to an instance as the agent: it asks for a certificate, and has one of an authority that the system does not know.</summary>
public sealed class CheckTlsTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");
    private readonly TestCertificates _certificates = new();

    public void Dispose()
    {
        _certificates.Dispose();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData("Http", true, "n1", false, "passing", "")]
    [InlineData("Grpc", true, "n1", false, "passing", "")]
    [InlineData("H2Ping", true, "n1", false, "passing", "")]
    [InlineData("Http", false, "127.0.0.1", true, "critical", "")]
    [InlineData("Http", false, "127.0.0.1", false, "critical", "x509: certificate signed by unknown authority")]

    // Also where it is for the very host that is asked.
    [InlineData("Http", true, "127.0.0.1", false, "critical", "x509: certificate is not valid for any names, but wanted to match n1")]
    [InlineData("Grpc", true, "127.0.0.1", false, "critical", "x509: certificate is not valid for any names, but wanted to match n1")]
    [InlineData("H2Ping", true, "127.0.0.1", false, "critical", "x509: certificate is not valid for any names, but wanted to match n1")]
    [InlineData("Http", true, "other", true, "passing", "")]
    [InlineData("Grpc", true, "other", true, "passing", "")]
    [InlineData("H2Ping", true, "other", true, "passing", "")]
    public async Task InstanceThatAsksForACertificate_IsShownTheAgents(string kindName, bool isUsed, string name, bool skipVerify, string status, string fault)
    {
        var kind = Enum.Parse<CheckKind>(kindName);
        using var certificate = _certificates.Issue(name);
        await using var server = await StartAsync(certificate);
        var options = WriteOptions();
        options.UseForChecks = isUsed;
        await using var rig = new CheckRig(new CheckSchedulerOptions { Random = new Random(1), Tls = ServerTls.ForChecks(options, "n1") });

        var result = await rig.FirstResultAsync(CheckRig.Spec(kind, kind == CheckKind.Http ? $"https://{server.HostAndPort}/" : server.HostAndPort) with
        {
            TlsSkipVerify = skipVerify,
            GrpcUseTls = true,
            H2PingUseTls = true,
        });

        Assert.True(result.Status == status, result.Output);
        Assert.Contains(fault, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfigurationOfTheAgent_IsItsChecks()
    {
        using var certificate = _certificates.Issue("web.example");
        await using var server = await StartAsync(certificate);
        var files = WriteOptions();
        await using var agent = await AgentFixture.StartAsync(configuration: () =>
        {
            var configuration = new AgentConfiguration();
            configuration.AddText(
                "test",
                $$"""enable_agent_tls_for_checks = true server_name = "web.example" cert_file = "{{files.CertificateFile}}" key_file = "{{files.KeyFile}}" ca_file = "{{files.AuthorityFile}}" """,
                "hcl");
            return configuration;
        });

        await agent.PutAsync("agent/check/register", $$"""{"Name":"web","HTTP":"https://{{server.HostAndPort}}/","Header":{"Host":["a.example"]},"Interval":"1m"}""");
        agent.Time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(async () => (string)(await agent.GetAsync("agent/checks")).Json!["web"]!["Status"]! == "passing");
        Assert.True((bool)(await agent.GetAsync("agent/self")).Json!["DebugConfig"]!["EnableAgentTLSForChecks"]!);
    }

    private AgentTlsOptions WriteOptions()
    {
        using var certificate = _certificates.Issue("agent");
        using var key = certificate.GetECDsaPrivateKey()!;
        return new AgentTlsOptions
        {
            CertificateFile = Write("cert.pem", certificate.ExportCertificatePem()),
            KeyFile = Write("key.pem", key.ExportPkcs8PrivateKeyPem()),
            AuthorityFile = Write("ca.pem", _certificates.AuthorityPem),
        };

        string Write(string name, string text)
        {
            var path = Path.Combine(_directory.FullName, name);
            File.WriteAllText(path, text);
            return path;
        }
    }

    /// <summary>Speaks with nobody who shows no certificate of the authority's.</summary>
    private Task<LoopbackServer> StartAsync(X509Certificate2 certificate) => LoopbackServer.StartAsync(
        static async context =>
        {
            if (context.Request.Path.StartsWithSegments("/grpc.health.v1.Health", StringComparison.Ordinal))
            {
                context.Response.ContentType = "application/grpc";
                await context.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 2, 0x08, 0x01 });
                context.Response.AppendTrailer("grpc-status", "0");
            }
        },
        HttpProtocols.Http1AndHttp2,
        new HttpsConnectionAdapterOptions
        {
            ServerCertificate = certificate,
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = (shown, _, _) => _certificates.HasIssued(shown),
        });
}
