using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>What <c>MapRollcallDiagnostics</c> tells, and whom.</summary>
[Collection(AloneCollection.Name)]
public sealed class DiagnosticsTests : IDisposable
{
    private readonly LogCollector _log = new();

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task TellsListsInstancesPolicyAndConfig(string agent)
    {
        _log.Expect(static e => e.Level == LogLevel.Warning);
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var first = await TestHost.StartAsync(registry, "orders", static o => o.Tags.Add("v1"));
        await using var second = await TestHost.StartAsync(registry, "orders", static o => o.Tags.Add("v1"));
        await registry.PassingAsync("orders", 2);
        await using var app = await StartAsync(services =>
        {
            services.AddConsulClient(registry.Configure);
            services.AddServiceConfig();
            services.AddHttpClient("shop").AddServiceDiscovery();
        });
        using var browser = new HttpClient { BaseAddress = Address(app) };
        using var shop = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
        Assert.Empty((await ReadAsync(browser, "?service=orders")).GetProperty("services").EnumerateArray());

        Assert.Equal("ok", await shop.GetStringAsync(new Uri("http://orders/")).WithinAsync());
        var service = Assert.Single((await ReadAsync(browser, "?service=orders")).GetProperty("services").EnumerateArray());

        Assert.Equal(("orders", "orders"), (service.GetProperty("service").GetString(), service.GetProperty("query").GetString()));
        Assert.Equal(registry.Client.ToString(), service.GetProperty("source").GetString());
        var list = service.GetProperty("list");
        Assert.Equal(("fresh", 0, 2), (list.GetProperty("freshness").GetString(), list.GetProperty("ageSeconds").GetDouble(), list.GetProperty("instances").GetInt32()));
        Assert.True(list.GetProperty("index").GetUInt64() > 0);
        Assert.Equal((0, JsonValueKind.Null), (service.GetProperty("watch").GetProperty("restarts").GetInt64(), service.GetProperty("watch").GetProperty("failure").ValueKind));
        var caller = Assert.Single(service.GetProperty("callers").EnumerateArray());
        Assert.Equal(("round_robin", JsonValueKind.Null), (caller.GetProperty("policy").GetString(), caller.GetProperty("policyOrigin").ValueKind));
        Assert.Equal(JsonValueKind.Null, caller.GetProperty("serviceConfig").GetProperty("origin").ValueKind);
        Assert.Equal(1, caller.GetProperty("instances").EnumerateArray().Sum(static i => i.GetProperty("picks").GetInt64()));
        Assert.All(caller.GetProperty("instances").EnumerateArray(), static i =>
        {
            Assert.Equal(("picked", true, 0), (i.GetProperty("standing").GetString(), i.GetProperty("isPicked").GetBoolean(), i.GetProperty("inFlight").GetInt32()));
            Assert.Equal(("v1", 1), (Assert.Single(i.GetProperty("tags").EnumerateArray()).GetString(), i.GetProperty("weight").GetInt32()));
        });

        // A policy from the KV store, then a config that is refused.
        await registry.Client.Kv.PutAsync("rollcall/service-config/orders", """{ "loadBalancingConfig": [ { "peak_ewma": {} } ] }"""u8.ToArray());
        await Eventually.TrueAsync(async () => (await CallerAsync(browser)).GetProperty("policy").GetString() == "peak_ewma");
        Assert.Contains("rollcall/service-config/orders", (await CallerAsync(browser)).GetProperty("policyOrigin").GetString(), StringComparison.Ordinal);
        Assert.Equal("ok", await shop.GetStringAsync(new Uri("http://orders/")).WithinAsync());
        Assert.Contains((await CallerAsync(browser)).GetProperty("instances").EnumerateArray(), static i => i.GetProperty("latencyMs").ValueKind == JsonValueKind.Number);
        await registry.Client.Kv.PutAsync("rollcall/service-config/orders", "{"u8.ToArray());
        await Eventually.TrueAsync(async () => (await CallerAsync(browser)).GetProperty("serviceConfig").GetProperty("refused").ValueKind == JsonValueKind.Object);
        Assert.Contains("is not JSON", (await CallerAsync(browser)).GetProperty("serviceConfig").GetProperty("refused").GetProperty("fault").GetString(), StringComparison.Ordinal);

        // Another name's services only.
        Assert.Empty((await ReadAsync(browser, "?service=other")).GetProperty("services").EnumerateArray());
    }

    [Theory]
    [InlineData("embedded")]
    [RequiresConsulInlineData("real")]
    public async Task TellsWhoIsLeftOut_AndThatTheRegistryIsAway(string agent)
    {
        _log.Expect(static e => e.Level == LogLevel.Warning);
        await using var registry = await TestRegistry.StartAsync(agent);
        await using var host = await TestHost.StartAsync(registry, "orders");
        host.Log.Expect(static e => e.Level >= LogLevel.Warning);
        await registry.Client.Agent.RegisterAsync(new ServiceRegistration { Name = "orders", Id = "gone", Address = "127.0.0.1", Port = FreePort.Next() });
        await registry.PassingAsync("orders", 2);
        await using var app = await StartAsync(services =>
        {
            services.AddConsulClient(registry.Configure);
            services.AddHttpClient("shop").AddServiceDiscovery(static o => o.Balancing.UnreachableCooldown = o.Balancing.MaxUnreachableCooldown = TimeSpan.FromMinutes(5));
        });
        using var browser = new HttpClient { BaseAddress = Address(app) };
        using var shop = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");

        // One of the two goes to the instance that refuses, and from there to the other one.
        Assert.Equal("ok", await shop.GetStringAsync(new Uri("http://orders/")).WithinAsync());
        Assert.Equal("ok", await shop.GetStringAsync(new Uri("http://orders/")).WithinAsync());
        var caller = await CallerAsync(browser);

        var gone = caller.GetProperty("instances").EnumerateArray().Single(static i => i.GetProperty("id").GetString() == "gone");
        Assert.Equal(("coolingDown", false), (gone.GetProperty("standing").GetString(), gone.GetProperty("isPicked").GetBoolean()));
        Assert.Equal("refused 1 connection in a row", gone.GetProperty("reason").GetString());
        Assert.Equal(JsonValueKind.String, gone.GetProperty("until").ValueKind);
        Assert.Equal(1, caller.GetProperty("retries").GetProperty("moved").GetInt64());

        // Without its agent the host would take long to stop.
        await host.StopAsync();
        await registry.KillAsync();
        await Eventually.TrueAsync(async () => (await ServiceAsync(browser)).GetProperty("list").GetProperty("freshness").GetString() == "stale");
        var service = await ServiceAsync(browser);
        Assert.True(service.GetProperty("watch").GetProperty("restarts").GetInt64() > 0);
        Assert.Contains("can't be read", service.GetProperty("list").GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(service.GetProperty("watch").GetProperty("lastFailure").GetProperty("reason").GetString()!);
    }

    [Fact]
    public async Task OnlyThisMachineMayRead_UnlessItIsAllowed()
    {
        await using var closed = await StartAsync(static _ => { });
        await using var open = await StartAsync(static _ => { }, static o => o.AllowRemote = true);
        using var client = new HttpClient();

        foreach (var (header, value, words) in ((string, string, string)[])
        [
            ("X-Forwarded-For", "10.1.1.1", "came through a proxy (it has the header X-Forwarded-For)"),
            ("Forwarded", "for=10.1.1.1", "came through a proxy (it has the header Forwarded)"),
            ("X-Forwarded-Host", "shop.example", "(it has the header X-Forwarded-Host)"),
            ("X-Forwarded-Proto", "https", "(it has the header X-Forwarded-Proto)"),
            ("X-Real-IP", "10.1.1.1", "(it has the header X-Real-IP)"),
            ("Via", "1.1 proxy", "(it has the header Via)"),
            ("X-Envoy-External-Address", "10.1.1.1", "(it has the header X-Envoy-External-Address)"),
            ("Host", "shop.example", "asks for the host 'shop.example'"),
        ])
        {
            var refused = await SendAsync(closed, header, value);
            Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
            Assert.Contains(words, refused.Body, StringComparison.Ordinal);
            Assert.Contains("AllowRemote", refused.Body, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(open, header, value)).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(closed, "Host", "localhost:1234")).Status);

        async Task<(HttpStatusCode Status, string Body)> SendAsync(WebApplication app, string header, string value)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address(app), RollcallEndpointRouteBuilderExtensions.DiagnosticsPattern));
            request.Headers.TryAddWithoutValidation(header, value);
            using var response = await client.SendAsync(request).WithinAsync();
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData("10.0.0.7", false)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData(null, true)]
    public void AddressOfTheCaller_Decides(string? address, bool isLocal)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = address is null ? null : IPAddress.Parse(address) } };

        var why = Diagnostics.LocalRequests.WhyRemote(context.Request);

        Assert.Equal(isLocal ? null : "this request comes from 10.0.0.7", why);
    }

    private async Task<WebApplication> StartAsync(
        Action<IServiceCollection> services, Action<RollcallDiagnosticsOptions>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "shop" });
        builder.Logging.ClearProviders().AddProvider(_log);
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        services(builder.Services);
        var app = builder.Build();
        app.MapRollcallDiagnostics(configure: configure);
        await app.StartAsync().WithinAsync();
        return app;
    }

    private static Uri Address(WebApplication app) => new(app.Urls.First());

    private static async Task<JsonElement> ReadAsync(HttpClient client, string query = "")
    {
        using var document = JsonDocument.Parse(await client.GetStringAsync(RollcallEndpointRouteBuilderExtensions.DiagnosticsPattern + query).WithinAsync());
        return document.RootElement.Clone();
    }

    private static async Task<JsonElement> ServiceAsync(HttpClient client) =>
        Assert.Single((await ReadAsync(client, "?service=orders")).GetProperty("services").EnumerateArray());

    private static async Task<JsonElement> CallerAsync(HttpClient client) => Assert.Single((await ServiceAsync(client)).GetProperty("callers").EnumerateArray());
}
