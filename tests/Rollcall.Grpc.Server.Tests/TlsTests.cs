using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>TLS, mutual TLS, and what a handler learns of the caller.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly X509Certificate2 _serverCertificate;
    private AuthContext? _seen;

    public TlsTests() => _serverCertificate = _certificates.Issue("127.0.0.1");

    public void Dispose()
    {
        _serverCertificate.Dispose();
        _certificates.Dispose();
    }

    [Fact]
    public async Task WithoutAClientCertificate_ThePeerIsNotAuthenticated()
    {
        await using var server = await StartAsync(ClientCertificateMode.NoCertificate);
        await using var channel = Connect(server, null);

        await CallAsync(channel);

        Assert.False(_seen!.IsPeerAuthenticated);
        Assert.Null(_seen.PeerIdentityPropertyName);
        Assert.Empty(_seen.Properties);
    }

    [Fact]
    public async Task ClientCertificate_IsThePeersIdentity()
    {
        using var certificate = _certificates.Issue("orders", names =>
        {
            names.AddUri(new Uri("spiffe://example.org/ns/prod/sa/orders"));
            names.AddDnsName("orders.example.org");
            names.AddIpAddress(IPAddress.Parse("10.1.2.3"));
            names.AddIpAddress(IPAddress.IPv6Loopback);
            names.AddEmailAddress("orders@example.org");
            names.AddUserPrincipalName("orders@realm");
        });
        await using var server = await StartAsync(ClientCertificateMode.RequireCertificate);
        await using var channel = Connect(server, certificate);

        await CallAsync(channel);

        Assert.True(_seen!.IsPeerAuthenticated);
        Assert.Equal("x509_subject_alternative_name", _seen.PeerIdentityPropertyName);
        Assert.Equal(
            ["10.1.2.3", "::1", "orders.example.org", "orders@example.org", "spiffe://example.org/ns/prod/sa/orders"],
            _seen.PeerIdentity.Select(property => property.Value).Order(StringComparer.Ordinal));
        Assert.Equal("orders", Assert.Single(_seen.FindPropertiesByName("x509_common_name")).Value);
        Assert.Equal(6, _seen.Properties.Count());
    }

    [Fact]
    public async Task CertificateWithoutAlternativeNames_IsKnownByItsCommonName()
    {
        using var certificate = _certificates.Issue("plain", _ => { });
        await using var server = await StartAsync(ClientCertificateMode.RequireCertificate);
        await using var channel = Connect(server, certificate);

        await CallAsync(channel);

        Assert.Equal("x509_common_name", _seen!.PeerIdentityPropertyName);
        Assert.Equal("plain", Assert.Single(_seen.PeerIdentity).Value);
    }

    [Fact]
    public async Task CertificateOfAnotherAuthority_IsTurnedAwayInTheHandshake()
    {
        using var strangers = new TestCertificates();
        using var certificate = strangers.Issue("orders");
        await using var server = await StartAsync(ClientCertificateMode.RequireCertificate);
        await using var stranger = Connect(server, certificate);
        await using var nobody = Connect(server, null);

        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => CallAsync(stranger))).StatusCode);
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => CallAsync(nobody))).StatusCode);
        Assert.Null(_seen);
    }

    [Fact]
    public async Task Authorization_GoesByTheCertificate()
    {
        using var orders = _certificates.Issue("orders");
        using var billing = _certificates.Issue("billing");
        await using var server = await StartAsync(
            ClientCertificateMode.AllowCertificate,
            services =>
            {
                services.AddAuthentication(TokenHandler.Name).AddScheme<AuthenticationSchemeOptions, TokenHandler>(TokenHandler.Name, null);
                services.AddAuthorizationBuilder().AddPolicy("orders", policy => policy.RequireUserName("CN=orders"));
            },
            app =>
            {
                app.UseAuthentication().UseAuthorization();
                app.MapGrpcService<EchoService>().RequireAuthorization("orders");
            });
        await using var fromOrders = Connect(server, orders);
        await using var fromBilling = Connect(server, billing);
        await using var fromNobody = Connect(server, null);

        await CallAsync(fromOrders);
        Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => CallAsync(fromBilling))).StatusCode);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => CallAsync(fromNobody))).StatusCode);
    }

    [Fact]
    public async Task CallCredentials_TravelUnderTls()
    {
        string? authorization = null;
        await using var server = await StartAsync(ClientCertificateMode.NoCertificate);
        server.Behavior.Unary = (request, context) =>
        {
            authorization = context.RequestHeaders.GetValue("authorization");
            return Task.FromResult(EchoBehavior.Reply(request));
        };
        var token = CallCredentials.FromInterceptor((_, metadata) =>
        {
            metadata.Add("authorization", "Bearer ann");
            return Task.CompletedTask;
        });
        await using var channel = GrpcChannel.ForAddress(
            server.Address,
            new GrpcChannelOptions { Credentials = ChannelCredentials.Create(new SslCredentials(_certificates.AuthorityPem), token) });

        await CallAsync(channel);

        Assert.Equal("Bearer ann", authorization);
    }

    private static Task<EchoReply> CallAsync(GrpcChannel channel) =>
        new Echo.EchoClient(channel).UnaryAsync(new EchoRequest()).ResponseAsync.WithinAsync();

    private GrpcChannel Connect(GrpcTestServer server, X509Certificate2? certificate) => GrpcChannel.ForAddress(
        server.Address,
        new GrpcChannelOptions
        {
            Credentials = new SslCredentials(
                _certificates.AuthorityPem,
                certificate is null
                    ? null
                    : new KeyCertificatePair(certificate.ExportCertificatePem(), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())),
        });

    private async Task<GrpcTestServer> StartAsync(
        ClientCertificateMode mode, Action<IServiceCollection>? services = null, Action<WebApplication>? map = null)
    {
        var server = await GrpcTestServer.StartAsync(
            services: services,
            map: app =>
            {
                if (map is null)
                {
                    app.MapGrpcService<EchoService>();
                }
                else
                {
                    map((WebApplication)app);
                }
            },
            listen: endpoint => endpoint.UseHttps(_serverCertificate, https =>
            {
                https.ClientCertificateMode = mode;
                https.ClientCertificateValidation = (certificate, _, _) => _certificates.HasIssued(certificate);
            }));
        server.Behavior.Unary = (request, context) =>
        {
            _seen = context.AuthContext;
            return Task.FromResult(EchoBehavior.Reply(request));
        };
        return server;
    }
}
