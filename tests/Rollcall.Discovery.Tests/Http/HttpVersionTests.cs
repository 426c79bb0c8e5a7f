using System.Net;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Http;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>The versions of HTTP, plaintext and TLS, and the name that an instance is called by.</summary>
public sealed class HttpVersionTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    private Task<LoopbackServer> StartAsync(string id, HttpProtocols protocols, string? name) => LoopbackServer.StartAsync(
        id, c => c.Response.WriteAsync($"{id} {c.Request.Protocol} {c.Request.Scheme}://{c.Request.Host}"), protocols, name is null ? null : _certificates.Issue(name));

    private static async Task<string> GetAsync(HttpClient client, string uri, Version version, HttpVersionPolicy policy = HttpVersionPolicy.RequestVersionExact)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri) { Version = version, VersionPolicy = policy };
        using var response = await client.SendAsync(request).WithinAsync();
        return await response.Content.ReadAsStringAsync();
    }

    [Theory]
    [InlineData(1, HttpVersionPolicy.RequestVersionExact, "HTTP/1.1")]
    [InlineData(2, HttpVersionPolicy.RequestVersionExact, "HTTP/2")]
    [InlineData(1, HttpVersionPolicy.RequestVersionOrHigher, "HTTP/2")]
    [InlineData(2, HttpVersionPolicy.RequestVersionOrLower, "HTTP/2")]
    [InlineData(3, HttpVersionPolicy.RequestVersionOrLower, "HTTP/2")]
    public async Task Tls_VersionIsNegotiated_AndTheCertificateIsForTheService(int version, HttpVersionPolicy policy, string expected)
    {
        await using var a = await StartAsync("a", HttpProtocols.Http1AndHttp2, "orders");
        await using var caller = new TestCaller(o => o.ConfigureHandler = TestCaller.Trust(_certificates), a.Endpoint);

        Assert.Equal($"a {expected} https://orders", await GetAsync(caller.Client, "https://orders/", new Version(version, version == 1 ? 1 : 0), policy));
        Assert.Equal([CallResult.Success], caller.Policy.Results);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Tls_CertificateForAnotherName_IsRefusedBeforeTheRequestIsSent(int version)
    {
        await using var a = await StartAsync("a", HttpProtocols.Http1AndHttp2, "127.0.0.1");
        await using var b = await StartAsync("b", HttpProtocols.Http1AndHttp2, "orders");
        await using var caller = new TestCaller(o => o.ConfigureHandler = TestCaller.Trust(_certificates), a.Endpoint, b.Endpoint);

        var answer = await GetAsync(caller.Client, "https://orders/", new Version(version, version == 1 ? 1 : 0));

        Assert.StartsWith("b ", answer, StringComparison.Ordinal);
        Assert.Equal([CallResult.Unreachable, CallResult.Success], caller.Policy.Results);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Tls_OtherNameByOption_IsWhatTheCertificateIsCheckedAgainst(int version)
    {
        await using var a = await StartAsync("a", HttpProtocols.Http1AndHttp2, "orders.internal");
        await using var caller = new TestCaller(
            o =>
            {
                o.ConfigureHandler = TestCaller.Trust(_certificates);
                o.HostName = e => $"orders.{(e.Id == "a" ? "internal" : "x")}";
            },
            a.Endpoint);

        var answer = await GetAsync(caller.Client, "https://orders/", new Version(version, version == 1 ? 1 : 0));

        Assert.EndsWith("https://orders.internal", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, HttpProtocols.Http1)]
    [InlineData(2, HttpProtocols.Http2)]
    public async Task Plaintext_EitherVersionByPriorKnowledge(int version, HttpProtocols protocols)
    {
        await using var a = await StartAsync("a", protocols, null);
        await using var caller = new TestCaller(null, a.Endpoint);

        var answer = await GetAsync(caller.Client, "http://orders/", new Version(version, version == 1 ? 1 : 0));

        Assert.EndsWith("http://orders", answer, StringComparison.Ordinal);
    }

    /// <summary>Its trailers, with the status, come after the last byte that the length tells of.</summary>
    [Theory]
    [InlineData(5, false, CallResult.Success)]
    [InlineData(5, true, CallResult.Success)]
    [InlineData(null, true, CallResult.Success)]
    [InlineData(5, true, CallResult.Failure)]
    public async Task GrpcResponseWithALength_IsJudgedByItsTrailers(int? length, bool byStream, CallResult expected)
    {
        await using var a = await LoopbackServer.StartAsync(
            "a",
            async c =>
            {
                c.Response.ContentType = "application/grpc";
                c.Response.ContentLength = length;
                await c.Response.Body.WriteAsync(new byte[5]);
                await c.Response.Body.FlushAsync();
                c.Response.AppendTrailer("grpc-status", expected == CallResult.Success ? "0" : "14");
            },
            HttpProtocols.Http2);
        await using var caller = new TestCaller(null, a.Endpoint);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://orders/x/y") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var response = await caller.Client.SendAsync(
            request, byStream ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead).WithinAsync();
        await using (var body = await response.Content.ReadAsStreamAsync())
        {
            var buffer = new byte[100];
            while (await body.ReadAsync(buffer).AsTask().WithinAsync() > 0)
            {
            }
        }

        Assert.Equal([expected], caller.Policy.Results);
    }

    /// <summary>Nobody has seen its trailers: that says nothing of the instance.</summary>
    [Fact]
    public async Task GrpcResponseWithALength_ReadToItsLastByteOnly_SaysNothing()
    {
        await using var a = await LoopbackServer.StartAsync(
            "a",
            async c =>
            {
                c.Response.ContentType = "application/grpc";
                c.Response.ContentLength = 5;
                await c.Response.Body.WriteAsync(new byte[5]);
                c.Response.AppendTrailer("grpc-status", "0");
            },
            HttpProtocols.Http2);
        await using var caller = new TestCaller(null, a.Endpoint);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://orders/x/y") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using (var response = await caller.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WithinAsync())
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[5]).AsTask().WithinAsync();
        }

        Assert.DoesNotContain(CallResult.Failure, caller.Policy.Results);
    }

    [Fact]
    public async Task InnerHandlerOfOnesOwn_GetsTheInstancesAddressAndTheServicesName()
    {
        await using var a = await StartAsync("a", HttpProtocols.Http1AndHttp2, "orders");
        await using var directory = new EndpointDirectory(new StaticEndpointSource(a.Endpoint));
        var inner = new SocketsHttpHandler { AllowAutoRedirect = false };
        TestCaller.Trust(_certificates)(inner);
        using var client = new HttpClient(new DiscoveryHandler(directory, innerHandler: inner));
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://orders/a?b#c");

        using var response = await client.SendAsync(request).WithinAsync();

        Assert.Equal("a HTTP/1.1 https://orders", await response.Content.ReadAsStringAsync());
        Assert.Equal("https://orders/a?b#c", request.RequestUri!.OriginalString);
        Assert.Null(request.Headers.Host);
    }

    [Fact]
    public async Task InnerHandlerOfOnesOwnAndConfigureHandler_AreRefusedTogether()
    {
        await using var directory = new EndpointDirectory(new StaticEndpointSource());
        using var inner = new SocketsHttpHandler();

        var e = Assert.Throws<ArgumentException>(() => new DiscoveryHandler(directory, new DiscoveryHandlerOptions { ConfigureHandler = _ => { } }, inner));

        Assert.Contains("ConfigureHandler", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpVersionPolicy.RequestVersionOrLower)]
    [InlineData(HttpVersionPolicy.RequestVersionOrHigher)]
    public async Task InstancesAreCalledWithoutTheProxy_AndAddressesThroughIt(HttpVersionPolicy policy)
    {
        await using var a = await StartAsync("a", HttpProtocols.Http1, null);
        await using var proxy = await StartAsync("proxy", HttpProtocols.Http1, null);
        await using var caller = new TestCaller(o => o.ConfigureHandler = handler => handler.Proxy = new WebProxy("127.0.0.1", proxy.Endpoint.Port), a.Endpoint);

        Assert.Equal("a HTTP/1.1 http://orders", await GetAsync(caller.Client, "http://orders/", HttpVersion.Version11, policy));
        Assert.Equal("proxy HTTP/1.1 http://example.org", await GetAsync(caller.Client, "http://example.org/", HttpVersion.Version11, policy));
    }

    [RequiresQuicFact]
    [SupportedOSPlatform("linux")]
    [SupportedOSPlatform("macos")]
    [SupportedOSPlatform("windows")]
    public async Task Http3_InstanceIsCalledOverQuicByTheServicesName()
    {
        await using var a = await StartAsync("a", HttpProtocols.Http3, "orders");
        await using var caller = new TestCaller(o => o.ConfigureHandler = TestCaller.Trust(_certificates), a.Endpoint);

        Assert.Equal("a HTTP/3 https://orders", await GetAsync(caller.Client, "https://orders/", HttpVersion.Version30));
        Assert.Equal([CallResult.Success], caller.Policy.Results);
    }
}
