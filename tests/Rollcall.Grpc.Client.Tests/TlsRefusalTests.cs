using Grpc.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>What a caller reads where client and server don't come to terms about TLS: what would help, and never to do without it.</summary>
public sealed class TlsRefusalTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task UnknownAuthority_IsToldHowToTrustIt()
    {
        var detail = await FailAsync("localhost", new GrpcChannelOptions { Authority = "localhost" });

        Assert.Contains("not signed by an authority that is known here", detail, StringComparison.Ordinal);
        Assert.Contains("new SslCredentials(roots)", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherName_IsToldWithThoseOfTheCertificate()
    {
        var detail = await FailAsync("orders.example.com", new GrpcChannelOptions { Credentials = new SslCredentials(_certificates.AuthorityPem) });

        Assert.Contains("not for 127.0.0.1 but for orders.example.com: GrpcChannelOptions.Authority", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallbackThatRefuses_IsNamed()
    {
        var credentials = new SslCredentials(_certificates.AuthorityPem, null, static _ => false);

        Assert.Contains("VerifyPeerCallback", await FailAsync("127.0.0.1", new GrpcChannelOptions { Credentials = credentials }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerWithHttp1Alone_IsSaidToBePossible()
    {
        var detail = await FailAsync(
            "127.0.0.1", new GrpcChannelOptions { Credentials = new SslCredentials(_certificates.AuthorityPem) }, HttpProtocols.Http1);

        Assert.Contains("Perhaps it speaks HTTP/1.1 alone there", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerThatAsksForAClientCertificate_IsSaidToBePossible()
    {
        var detail = await FailAsync(
            "127.0.0.1", new GrpcChannelOptions { Credentials = new SslCredentials(_certificates.AuthorityPem) }, asksForCertificate: true);

        Assert.Contains("client certificate", detail, StringComparison.Ordinal);
    }

    /// <summary>Calls a server with a certificate for <paramref name="name"/>, and gives the detail of the status.</summary>
    private async Task<string> FailAsync(
        string name, GrpcChannelOptions options, HttpProtocols protocols = HttpProtocols.Http2, bool asksForCertificate = false)
    {
        using var certificate = _certificates.Issue(name);
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo(), 0, protocols, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = asksForCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
        }));
        using var channel = GrpcChannel.ForAddress($"https://{peer.Endpoint.Authority}", options);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal(protocols == HttpProtocols.Http1, error.Status.Detail.Contains("ChannelCredentials.Insecure", StringComparison.Ordinal));
        return error.Status.Detail;
    }
}
