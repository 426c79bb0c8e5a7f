using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Rollcall.Discovery;
using Rollcall.Discovery.Consul;
using Rollcall.Discovery.Http;
using Rollcall.Grpc.Client;
using Rollcall.TestKit;
using Endpoint = Rollcall.Discovery.Endpoint;

namespace Rollcall.Hosting.Tests.Discovery;

/// <summary>Discovery and a primary handler of the application's own, set up in any order: names are found, and the handler sends the requests.</summary>
public sealed class PrimaryHandlerTests
{
    private readonly ServiceCollection _services = [];

    public PrimaryHandlerTests() =>
        _services.AddSingleton<IEndpointSource>(new StaticEndpointSource(new Endpoint("test", "orders.invalid", 81)));

    public static TheoryData<string> Orders => ["after", "before", "defaults before", "defaults after", "discovery by defaults", "both by defaults"];

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task OwnPrimaryHandler_SendsWhatDiscoveryFound(string order)
    {
        SetUp(order, static builder => builder.ConfigurePrimaryHttpMessageHandler(static () => new NotingHandler()));

        Assert.Equal("http://orders.invalid:81/list for orders", await GetAsync("orders", "http://orders/list"));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task SocketsHandlerThatIsConfigured_ConnectsToWhatDiscoveryFound(string order)
    {
        var asked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        SetUp(order, builder => builder.UseSocketsHttpHandler((handler, _) => handler.ConnectCallback = (context, _) =>
        {
            asked.TrySetResult($"{context.DnsEndPoint.Host}:{context.DnsEndPoint.Port}");
            throw new IOException("no network in this test");
        }));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => GetAsync("orders", "http://orders/list"));

        Assert.Equal("orders.invalid:81", await asked.Task.WithinAsync());
    }

    [Fact]
    public async Task HandlerOfATestServer_ServesWhatIsFoundByName()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseTestServer();
        await using var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync($"{context.Request.Host}{context.Request.Path}"));
        await app.StartAsync().WithinAsync();
        _services.AddHttpClient("orders").AddServiceDiscovery().ConfigurePrimaryHttpMessageHandler(() => app.GetTestServer().CreateHandler());

        Assert.Equal("orders/list", await GetAsync("orders", "http://orders/list"));
    }

    [Fact]
    public async Task HandlerThatFollowsRedirects_LeavesThemToDiscovery()
    {
        await using var server = await RedirectingServerAsync();
        var handler = new SocketsHttpHandler();
        _services.AddSingleton<IEndpointSource>(new StaticEndpointSource(new Endpoint("test", "127.0.0.1", new Uri(server.Urls.Single()).Port)));
        _services.AddHttpClient("orders").AddServiceDiscovery().ConfigurePrimaryHttpMessageHandler(() => handler);

        Assert.Equal("orders/there", await GetAsync("orders", "http://orders/here"));
        Assert.False(handler.AllowAutoRedirect);
        Assert.Equal(TimeSpan.FromMinutes(5), handler.PooledConnectionLifetime);
    }

    [Fact]
    public async Task HandlerThatHasSentRequestsAlready_KeepsItsSettings()
    {
        await using var server = await RedirectingServerAsync();
        var address = new Uri(server.Urls.Single());
        using var handler = new SocketsHttpHandler();
        using var other = new HttpMessageInvoker(handler, disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/there"));
        using var first = await other.SendAsync(request, default).WithinAsync();
        _services.AddSingleton<IEndpointSource>(new StaticEndpointSource(new Endpoint("test", "127.0.0.1", address.Port)));
        _services.AddHttpClient("orders").AddServiceDiscovery().ConfigurePrimaryHttpMessageHandler(() => handler);

        Assert.Equal("orders/there", await GetAsync("orders", "http://orders/there"));
    }

    [Fact]
    public async Task HandlerWithCredentialsForAnyServer_FollowsNoRedirect()
    {
        await using var server = await RedirectingServerAsync();
        _services.AddSingleton<IEndpointSource>(new StaticEndpointSource(new Endpoint("test", "127.0.0.1", new Uri(server.Urls.Single()).Port)));
        _services.AddHttpClient("orders").AddServiceDiscovery()
            .ConfigurePrimaryHttpMessageHandler(static () => new SocketsHttpHandler { Credentials = new NetworkCredential("user", "secret") });
        await using var provider = _services.BuildServiceProvider();
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");

        using var response = await client.GetAsync("http://orders/here").WithinAsync();

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
    }

    [Fact]
    public async Task ConfigureHandlerAndAnOwnPrimaryHandler_ContradictEachOther()
    {
        _services.AddHttpClient("orders").AddServiceDiscovery(static o => o.ConfigureHandler = static _ => { })
            .ConfigurePrimaryHttpMessageHandler(static () => new NotingHandler());
        await using var provider = _services.BuildServiceProvider();

        var fault = Assert.Throws<ArgumentException>(() => provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders"));

        Assert.Contains("ConfigureHandler has no effect on an inner handler", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoHandlerOfItsOwn_GetsOneForEachInstance()
    {
        // With an inner handler the option would be refused.
        _services.AddHttpClient("orders").AddServiceDiscovery(static o => o.ConfigureHandler = static _ => { });
        await using var provider = _services.BuildServiceProvider();

        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
    }

    [Fact]
    public async Task PrimaryHandlerThatIsTakenAway_IsNone()
    {
        // grpc-dotnet takes the default away, and makes its own where none has been set at the end.
        _services.AddHttpClient("orders").ConfigurePrimaryHttpMessageHandler(static () => null!)
            .AddServiceDiscovery(static o => o.ConfigureHandler = static _ => { });
        _services.PostConfigure<HttpClientFactoryOptions>(
            "orders", static o => o.HttpMessageHandlerBuilderActions.Add(static b => Assert.IsType<DiscoveryHandler>(b.PrimaryHandler)));
        await using var provider = _services.BuildServiceProvider();

        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
    }

    [Fact]
    public async Task GrpcClient_HasNoDiscoveryOfTheDefaults()
    {
        _services.ConfigureHttpClientDefaults(static builder => builder.AddServiceDiscovery());
        _services.AddGrpcClient<object>("consul:///orders");
        HttpMessageHandler? primary = null;
        _services.PostConfigure<HttpClientFactoryOptions>(
            "Object", o => o.HttpMessageHandlerBuilderActions.Add(b => primary = b.PrimaryHandler));
        await using var provider = _services.BuildServiceProvider();

        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("Object");

        Assert.IsType<SocketsHttpHandler>(primary);
    }

    [Fact]
    public async Task GrpcClientWithDiscoveryOfItsOwn_HasAHandlerForEachInstance()
    {
        _services.AddGrpcClient<object>("http://orders").AddServiceDiscovery(static o => o.ConfigureHandler = static _ => { });
        await using var provider = _services.BuildServiceProvider();

        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient("Object");
    }

    private static async Task<WebApplication> RedirectingServerAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(static context =>
        {
            if (context.Request.Path == "/here")
            {
                context.Response.Redirect("/there");
                return Task.CompletedTask;
            }

            return context.Response.WriteAsync($"{context.Request.Host}{context.Request.Path}");
        });
        await app.StartAsync().WithinAsync();
        return app;
    }

    private void SetUp(string order, Action<IHttpClientBuilder> handler)
    {
        switch (order)
        {
            case "after":
                handler(_services.AddHttpClient("orders").AddServiceDiscovery());
                break;
            case "before":
                var builder = _services.AddHttpClient("orders");
                handler(builder);
                builder.AddServiceDiscovery();
                break;
            case "defaults before":
                _services.ConfigureHttpClientDefaults(handler);
                _services.AddHttpClient("orders").AddServiceDiscovery();
                break;
            case "defaults after":
                _services.AddHttpClient("orders").AddServiceDiscovery();
                _services.ConfigureHttpClientDefaults(handler);
                break;
            case "discovery by defaults":
                _services.ConfigureHttpClientDefaults(static b => b.AddServiceDiscovery());
                handler(_services.AddHttpClient("orders"));
                break;
            default:
                _services.ConfigureHttpClientDefaults(b => handler(b.AddServiceDiscovery()));
                break;
        }
    }

    private async Task<string> GetAsync(string client, string address)
    {
        await using var provider = _services.BuildServiceProvider();
        using var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(client);
        return await http.GetStringAsync(address).WithinAsync();
    }

    /// <summary>Answers with what it was asked for.</summary>
    private sealed class NotingHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new StringContent($"{request.RequestUri} for {request.Headers.Host}") });
    }
}
