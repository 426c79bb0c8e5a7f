using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Http;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Addresses that allow more than one scheme.</summary>
public sealed class SchemeListTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    private Task<LoopbackServer> StartAsync(string id, bool tls) => LoopbackServer.StartAsync(
        id,
        c => c.Response.WriteAsync($"{id} {c.Request.Scheme}://{c.Request.Host}{c.Request.Path}{c.Request.QueryString}"),
        HttpProtocols.Http1,
        tls ? _certificates.Issue("orders") : null);

    [Fact]
    public async Task EachInstanceIsCalledByTheSchemeThatItSpeaks()
    {
        await using var plain = await StartAsync("plain", tls: false);
        await using var secure = await StartAsync("secure", tls: true);
        await using var caller = new TestCaller(
            o =>
            {
                o.ConfigureHandler = TestCaller.Trust(_certificates);
                o.Policy = BalancingPolicies.Find("round_robin");
            },
            plain.Endpoint,
            secure.Endpoint);
        caller.Client.BaseAddress = new Uri("https+http://orders");

        var answers = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "list/all?page=2");
            using var response = await caller.Client.SendAsync(request).WithinAsync();
            answers.Add(await response.Content.ReadAsStringAsync());
            Assert.Equal("https+http://orders/list/all?page=2", request.RequestUri!.AbsoluteUri);
        }

        Assert.Equal(
            ["plain http://orders/list/all?page=2", "secure https://orders/list/all?page=2"],
            answers.Distinct().Order());
        Assert.Equal(2, answers.Count(a => a.StartsWith("plain", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(null, "If it speaks plain HTTP, call http://orders. If it speaks TLS, its certificate has to be for 'orders'")]
    [InlineData("http", "Its metadata say that it speaks plain HTTP: call http://orders.")]
    public async Task TlsToAPlainInstance_SaysHowToCallIt(string? spoken, string advice)
    {
        await using var plain = await StartAsync("plain", tls: false);
        var endpoint = new Endpoint("plain", plain.Endpoint.Host, plain.Endpoint.Port)
        {
            Metadata = spoken is null ? FrozenDictionary<string, string>.Empty : new Dictionary<string, string> { ["scheme"] = spoken }.ToFrozenDictionary(),
        };
        await using var caller = new TestCaller(static _ => { }, endpoint);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => caller.Client.GetStringAsync("https://orders/").WithinAsync());

        Assert.Equal(HttpRequestError.SecureConnectionError, error.HttpRequestError);
        Assert.Contains($"The last error, of {endpoint}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("see inner exception", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http", null, "")]
    [InlineData("http", "http", "")]
    [InlineData("http", "https", " Its metadata say that it speaks TLS: call https://orders.")]
    [InlineData("http+https", null, "")]
    public async Task PlainHttpToAnInstanceThatSpeaksTls_NamesItAndHowToCallIt(string scheme, string? spoken, string advice)
    {
        await using var secure = await StartAsync("secure", tls: true);
        var endpoint = new Endpoint("secure", secure.Endpoint.Host, secure.Endpoint.Port)
        {
            Metadata = spoken is null ? FrozenDictionary<string, string>.Empty : new Dictionary<string, string> { ["scheme"] = spoken }.ToFrozenDictionary(),
        };
        await using var caller = new TestCaller(static o => o.Retry = null, endpoint);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => caller.Client.GetStringAsync($"{scheme}://orders/").WithinAsync());

        var inner = Assert.IsType<HttpRequestException>(error.InnerException);
        Assert.Equal(inner.HttpRequestError, error.HttpRequestError);
        Assert.Equal(
            $"The connection to {endpoint}, an instance of 'orders', broke before its response: {inner.GetBaseException().Message.TrimEnd('.')}.{advice}", error.Message);
    }

    [Theory]
    [InlineData("https+http://orders", null, "https")]
    [InlineData("http+https://orders", null, "http")]
    [InlineData("https+http://orders", "http", "http")]
    [InlineData("https+http://orders", "HTTPS", "https")]
    [InlineData("https+http://orders", "grpc", "https")]
    [InlineData("http://orders", "https", "http")]
    [InlineData("https://orders", "http", "https")]
    [InlineData("wss://orders", "http", "wss")]
    public void InstancesMetadata_DecidesOnlyWhereTheAddressLeavesAChoice(string address, string? spoken, string expected)
    {
        var endpoint = new Endpoint("a", "127.0.0.1", 1)
        {
            Metadata = spoken is null
                ? FrozenDictionary<string, string>.Empty
                : new Dictionary<string, string> { ["scheme"] = spoken }.ToFrozenDictionary(),
        };

        Assert.Equal(expected, ServiceAddress.SchemeFor(new Uri(address).Scheme, endpoint));
    }

    [Theory]
    [InlineData("https+http://orders", "/")]
    [InlineData("https+http://orders/", "/")]
    [InlineData("https+http://orders?q=1", "/?q=1")]
    [InlineData("https+http://orders/a%2Fb/c%20d?x=%26", "/a%2Fb/c%20d?x=%26")]
    public async Task PathAndQuery_ArriveAsWritten(string address, string expected)
    {
        string? raw = null;
        await using var a = await LoopbackServer.StartAsync("a", c =>
        {
            raw = c.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
            return Task.CompletedTask;
        });
        await using var caller = new TestCaller(null, a.Endpoint);

        using var response = await caller.Client.GetAsync(new Uri(address)).WithinAsync();

        Assert.Equal(expected, raw);
    }

    [Fact]
    public async Task AddressRatherThanName_IsCalledByThePreferredScheme()
    {
        await using var a = await StartAsync("a", tls: false);
        await using var caller = new TestCaller(null);

        var answer = await caller.Client.GetStringAsync(new Uri($"http+https://127.0.0.1:{a.Endpoint.Port}/x")).WithinAsync();

        Assert.Equal($"a http://127.0.0.1:{a.Endpoint.Port}/x", answer);
        Assert.Equal(0, caller.Source.Opened);
    }
}
