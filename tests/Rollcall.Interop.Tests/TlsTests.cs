using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Rollcall.Interop.Tests.Peers;
using Rollcall.TestKit;

namespace Rollcall.Interop.Tests;

/// <summary>Foreign peers by TLS: with a certificate of the client's and without.</summary>
public sealed class TlsTests : IDisposable
{
    private static readonly string[] s_cases = ["empty_unary", "ping_pong"];

    private readonly TestCertificates _certificates = new();
    private readonly X509Certificate2 _serverCertificate;
    private readonly X509Certificate2 _clientCertificate;
    private readonly string _folder = Directory.CreateTempSubdirectory("rollcall-tls-").FullName;

    public TlsTests()
    {
        _serverCertificate = _certificates.Issue("server", names => names.AddIpAddress(System.Net.IPAddress.Loopback));
        _clientCertificate = _certificates.Issue("client");
        File.WriteAllText(Path.Combine(_folder, "authority.pem"), _certificates.AuthorityPem);
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _clientCertificate.Dispose();
        _serverCertificate.Dispose();
        _certificates.Dispose();
    }

    [RequiresPythonGrpcTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task OwnServer_CalledByPython(bool mutual) => OwnServerAsync(ForeignPeer.Python, mutual);

    [RequiresNodeGrpcTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task OwnServer_CalledByNode(bool mutual) => OwnServerAsync(ForeignPeer.Node, mutual);

    [RequiresPythonGrpcFact]
    public Task OwnServer_CalledByPythonWithoutCertificate_GetsNoCall() => OwnServerRefusesAsync(ForeignPeer.Python);

    [RequiresNodeGrpcFact]
    public Task OwnServer_CalledByNodeWithoutCertificate_GetsNoCall() => OwnServerRefusesAsync(ForeignPeer.Node);

    [RequiresPythonGrpcTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task OwnClient_AgainstPython(bool mutual) => OwnClientAsync(ForeignPeer.Python, mutual);

    [RequiresNodeGrpcTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task OwnClient_AgainstNode(bool mutual) => OwnClientAsync(ForeignPeer.Node, mutual);

    [RequiresPythonGrpcFact]
    public Task OwnClientWithoutCertificate_AgainstPython_IsUnavailable() => OwnClientIsRefusedAsync(ForeignPeer.Python);

    [RequiresNodeGrpcFact]
    public Task OwnClientWithoutCertificate_AgainstNode_IsUnavailable() => OwnClientIsRefusedAsync(ForeignPeer.Node);

    private async Task OwnServerAsync(ForeignPeer peer, bool mutual)
    {
        if (mutual)
        {
            WriteCertificate(_clientCertificate);
        }

        var own = await StartAsync(mutual);
        try
        {
            var results = await peer.WithTls(_folder).RunClientAsync(own.Target, s_cases, own.NoCallIsLeftAsync);
            Assert.All(s_cases, name => Assert.Null(results.Failure(name)));
            Assert.Equal(mutual ? _clientCertificate.Thumbprint : null, own.Caller);
        }
        finally
        {
            await own.DisposeAsync();
        }
    }

    private async Task OwnServerRefusesAsync(ForeignPeer peer)
    {
        var own = await StartAsync(mutual: true);
        try
        {
            var results = await peer.WithTls(_folder).RunClientAsync(own.Target, ["empty_unary"]);
            Assert.Contains("UNAVAILABLE", results.Failure("empty_unary"), StringComparison.Ordinal);
            Assert.Equal(0, own.Calls);
        }
        finally
        {
            await own.DisposeAsync();
        }
    }

    private async Task OwnClientAsync(ForeignPeer peer, bool mutual)
    {
        WriteCertificate(_serverCertificate);
        var (server, target) = await peer.WithTls(_folder, mutual).StartServerAsync();
        await using (server)
        {
            var pair = mutual ? new KeyCertificatePair(_clientCertificate.ExportCertificatePem(), KeyOf(_clientCertificate)) : null;
            using var cases = peer.CallsOf(target, new SslCredentials(_certificates.AuthorityPem, pair));
            foreach (var name in s_cases)
            {
                await InteropCases.All[name](cases).WithinAsync(TimeSpan.FromSeconds(30));
            }
        }
    }

    private async Task OwnClientIsRefusedAsync(ForeignPeer peer)
    {
        WriteCertificate(_serverCertificate);
        var (server, target) = await peer.WithTls(_folder, mutual: true).StartServerAsync();
        await using (server)
        {
            using var cases = peer.CallsOf(target, new SslCredentials(_certificates.AuthorityPem));
            var error = await Assert.ThrowsAsync<RpcException>(() => InteropCases.All["empty_unary"](cases).WithinAsync(TimeSpan.FromSeconds(30)));
            Assert.Equal(StatusCode.Unavailable, error.StatusCode);
            Assert.Contains("certificate", error.Status.Detail, StringComparison.Ordinal);
        }
    }

    private async Task<OwnServer> StartAsync(bool mutual)
    {
        var own = new OwnServer
        {
            Listen = listen => listen.UseHttps(_serverCertificate, https =>
            {
                https.ClientCertificateMode = mutual ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
                https.ClientCertificateValidation = (certificate, _, _) => _certificates.HasIssued(certificate);
            }),
        };
        await own.InitializeAsync();
        return own;
    }

    private void WriteCertificate(X509Certificate2 certificate)
    {
        File.WriteAllText(Path.Combine(_folder, "certificate.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "key.pem"), KeyOf(certificate));
    }

    private static string KeyOf(X509Certificate2 certificate) => certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
}
