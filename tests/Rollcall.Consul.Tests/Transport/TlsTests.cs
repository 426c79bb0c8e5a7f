using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests.Transport;

public sealed class TlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("rollcall-tls");

    public void Dispose()
    {
        _certificates.Dispose();
        _files.Delete(true);
    }

    [Fact]
    public async Task OwnAuthority_IsTrusted()
    {
        await using var peer = await StartAsync("127.0.0.1");
        using var client = TestClients.For(peer.Address, o => o.CaCertificatePath = Authority());
        Assert.Equal("x", (await client.Status.LeaderAsync().WithinAsync()).Value);
    }

    [Fact]
    public async Task DirectoryOfAuthorities_IsTrusted()
    {
        using var other = _certificates.IssueBelowAnother("client.example", out var between);
        File("a.pem", between);
        Authority();
        await using var peer = await StartAsync("127.0.0.1");
        using var client = TestClients.For(peer.Address, o => o.CaCertificatePath = _files.FullName);
        Assert.Equal("x", (await client.Status.LeaderAsync().WithinAsync()).Value);
    }

    [Fact]
    public void DirectoryWithoutAuthorities_IsNamed()
    {
        var options = TestClients.Options(new Uri("https://127.0.0.1:1"), o => o.CaCertificatePath = _files.FullName);
        var e = Assert.Throws<ArgumentException>(() => new ConsulClient(options));
        Assert.StartsWith($"The directory '{_files.FullName}' can't be used as a certificate (it holds no certificate in PEM form): check CONSUL_CACERT (or CONSUL_CAPATH).", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownAuthority_IsRefused_AndTheMessageNamesTheSetting()
    {
        await using var peer = await StartAsync("127.0.0.1");
        using var client = TestClients.For(peer.Address);
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Status.LeaderAsync().WithinAsync());
        Assert.Equal(ConsulErrorOrigin.Unreachable, e.Origin);
        Assert.Contains("CONSUL_CACERT", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownAuthority_VerificationOff_IsAccepted()
    {
        await using var peer = await StartAsync("127.0.0.1");
        using var client = TestClients.For(peer.Address, o => o.SkipTlsVerification = true);
        Assert.True((await client.Status.LeaderAsync().WithinAsync()).Found);
    }

    [Fact]
    public async Task OtherNameInTheCertificate_IsAcceptedOnlyByThatName()
    {
        await using var peer = await StartAsync("server.dc1.consul");
        using var plain = TestClients.For(peer.Address, o => o.CaCertificatePath = Authority());
        await Assert.ThrowsAsync<ConsulException>(() => plain.Status.LeaderAsync().WithinAsync());
        using var named = TestClients.For(peer.Address, o => { o.CaCertificatePath = Authority(); o.TlsServerName = "server.dc1.consul"; });
        Assert.True((await named.Status.LeaderAsync().WithinAsync()).Found);
    }

    [Fact]
    public async Task ClientCertificate_IsShown()
    {
        using var server = _certificates.Issue("127.0.0.1");
        string? shown = null;
        await using var peer = await LoopbackPeer.StartAsync(
            context =>
            {
                shown = context.Connection.ClientCertificate?.Subject;
                return context.Response.WriteAsync("\"x\"");
            },
            server,
            requireClientCertificate: true);
        using var issued = _certificates.Issue("client.example");
        var certificate = File("client.pem", issued.ExportCertificatePem());
        var key = File("client.key", issued.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        using var client = TestClients.For(peer.Address, o =>
        {
            o.CaCertificatePath = Authority();
            o.ClientCertificatePath = certificate;
            o.ClientKeyPath = key;
        });
        await client.Status.LeaderAsync().WithinAsync();
        Assert.Equal("CN=client.example", shown);

        using var without = TestClients.For(peer.Address, o => o.CaCertificatePath = Authority());
        AssertAsksForACertificate(await Assert.ThrowsAsync<ConsulException>(() => without.Status.LeaderAsync().WithinAsync()));
    }

    [Fact]
    public async Task ClientCertificateOfAnIntermediateAuthority_IsShownWithIt()
    {
        using var server = _certificates.Issue("127.0.0.1");
        var shown = 0;
        await using var peer = await LoopbackPeer.StartAsync(
            context => context.Response.WriteAsync("\"x\""), server, requireClientCertificate: true,
            onClientCertificate: chain => shown = chain!.ChainPolicy.ExtraStore.Count(sent => sent.Subject == "CN=Rollcall test authority below"));
        using var issued = _certificates.IssueBelowAnother("client.example", out var between);
        var certificate = File("client.pem", $"{issued.ExportCertificatePem()}\n{between}");
        var key = File("client.key", issued.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        using var client = TestClients.For(peer.Address, o =>
        {
            o.CaCertificatePath = Authority();
            o.ClientCertificatePath = certificate;
            o.ClientKeyPath = key;
        });

        await client.Status.LeaderAsync().WithinAsync();

        Assert.Equal(1, shown);
    }

    [RequiresConsulFact]
    public async Task ClientCertificateThatConsulAsksFor_IsNamed()
    {
        using var issued = _certificates.Issue("127.0.0.1");
        var certificate = File("server.pem", issued.ExportCertificatePem());
        var key = File("server.key", issued.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var port = FreePort.Next();
        var settings = new RealConsulOptions();
        settings.ExtraArguments.Add("-hcl");
        settings.ExtraArguments.Add($$"""ports { https = {{port}} } ca_file = "{{Authority()}}" cert_file = "{{certificate}}" key_file = "{{key}}" verify_incoming = true""");
        await using var consul = await RealConsul.StartAsync(settings);

        // Who sees the connection's end first is a matter of time.
        for (var i = 0; i < 20; i++)
        {
            using var client = TestClients.For(new Uri($"https://127.0.0.1:{port}"), o => o.CaCertificatePath = Authority());
            AssertAsksForACertificate(await Assert.ThrowsAsync<ConsulException>(() => client.Kv.PutAsync("k", "v").WithinAsync()));
        }

        using var plain = TestClients.For(new Uri($"http://127.0.0.1:{port}"));
        var e = await Assert.ThrowsAsync<ConsulException>(() => plain.Status.LeaderAsync().WithinAsync());
        Assert.Contains("HTTPS", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PlainHttpToATlsPort_AdvisesHttps()
    {
        await using var peer = await StartAsync("127.0.0.1");
        using var client = TestClients.For(new Uri($"http://{peer.Address.Authority}"));
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Status.LeaderAsync().WithinAsync());
        Assert.Contains("https://", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodyAtAnHttpsAddress_IsNotAboutCertificates()
    {
        using var client = TestClients.For(new Uri($"https://127.0.0.1:{FreePort.Next()}"));
        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Status.LeaderAsync().WithinAsync());
        Assert.Contains("Is an agent running there?", e.Message, StringComparison.Ordinal);
    }

    private static void AssertAsksForACertificate(ConsulException e)
    {
        Assert.Equal(ConsulErrorOrigin.Unreachable, e.Origin);
        Assert.Contains("CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("disposed", e.Message, StringComparison.Ordinal);
    }

    private string Authority() => File("ca.pem", _certificates.AuthorityPem);

    private string File(string name, string content)
    {
        var path = Path.Combine(_files.FullName, name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    private Task<LoopbackPeer> StartAsync(string name) =>
        LoopbackPeer.StartAsync(context => context.Response.WriteAsync("\"x\""), _certificates.Issue(name));
}
