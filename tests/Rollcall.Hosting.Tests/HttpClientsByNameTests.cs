using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Rollcall.Discovery;
using Rollcall.Discovery.Http;
using Rollcall.Grpc.Client;
using Rollcall.TestKit;

namespace Rollcall.Hosting.Tests;

/// <summary>Clients of a container, and channels over the handler, that call registered services by name.</summary>
public sealed class HttpClientsByNameTests
{
    [Fact]
    public async Task TypedClientAndDefaultsOfAllClients_CallTheServiceByName()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var host = await TestHost.StartAsync(registry, "orders");
        await registry.PassingAsync("orders", 1);
        var services = new ServiceCollection();
        services.AddConsulClient(registry.Configure);
        services.ConfigureHttpClientDefaults(builder => builder.AddServiceDiscovery());
        services.AddHttpClient<OrdersClient>(client => client.BaseAddress = new Uri("http://orders"));
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("ok", await provider.GetRequiredService<OrdersClient>().GetAsync().WithinAsync());
        Assert.Equal("ok", await provider.GetRequiredService<IHttpClientFactory>().CreateClient("other").GetStringAsync("http://orders/").WithinAsync());
    }

    [Fact]
    public async Task AddRollcallDiscovery_IsDiscoveryWithItsOptions()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var host = await TestHost.StartAsync(registry, "orders");
        await registry.PassingAsync("orders", 1);
        var services = new ServiceCollection();
        services.AddConsulClient(registry.Configure);
        services.AddRollcallDiscovery(static o => o.Directory.MaxBackoff = TimeSpan.FromSeconds(3));
        services.AddHttpClient("plain").AddRollcallDiscovery();
        services.AddHttpClient("patient").AddRollcallDiscovery(static o => o.WaitForReady = true);
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("ok", await provider.GetRequiredService<IHttpClientFactory>().CreateClient("plain").GetStringAsync("http://orders/").WithinAsync());
        Assert.Equal("ok", await provider.GetRequiredService<IHttpClientFactory>().CreateClient("patient").GetStringAsync("http://orders/").WithinAsync());
        Assert.Equal(TimeSpan.FromSeconds(3), provider.GetRequiredService<IOptions<ServiceDiscoveryOptions>>().Value.Directory.MaxBackoff);
        Assert.True(provider.GetRequiredService<IOptionsMonitor<DiscoveryHandlerOptions>>().Get("patient").WaitForReady);
    }

    [Fact]
    public async Task GrpcChannelOverTheHandler_CallsTheServiceByName()
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var first = await GrpcInstance.StartAsync(registry);
        await registry.PassingAsync(GrpcInstance.ServiceName, 1);
        var services = new ServiceCollection();
        services.AddConsulClient(registry.Configure);
        services.AddServiceDiscovery();
        await using var provider = services.BuildServiceProvider();
        using var handler = new DiscoveryHandler(provider.GetRequiredService<EndpointDirectory>());
        await using var channel = GrpcChannel.ForAddress($"http://{GrpcInstance.ServiceName}", new GrpcChannelOptions { HttpHandler = handler });

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(GrpcInstance.Echo, null, default, "hello");

        Assert.Equal("hello", await call.ResponseAsync.WithinAsync());
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task GrpcClientByName_GoesThroughAPrimaryHandlerOfItsOwnAndNotThroughThatOfTheDefaults(bool byDefaults, int sent)
    {
        await using var registry = await TestRegistry.StartAsync("embedded");
        await using var first = await GrpcInstance.StartAsync(registry);
        await registry.PassingAsync(GrpcInstance.ServiceName, 1);
        var services = new ServiceCollection();
        services.AddConsulClient(registry.Configure);
        var handler = new CountingHandler { InnerHandler = new SocketsHttpHandler() };
        if (byDefaults)
        {
            services.ConfigureHttpClientDefaults(builder => builder.ConfigurePrimaryHttpMessageHandler(() => handler));
        }

        var client = services.AddGrpcClient<EchoClient>($"consul:///{GrpcInstance.ServiceName}");
        if (!byDefaults)
        {
            client.ConfigurePrimaryHttpMessageHandler(() => handler);
        }

        await using var provider = services.BuildServiceProvider();

        using var call = provider.GetRequiredService<EchoClient>().Invoker.AsyncUnaryCall(GrpcInstance.Echo, null, default, "hello");

        Assert.Equal("hello", await call.ResponseAsync.WithinAsync());
        Assert.Equal(sent, handler.Sent);
    }

    private sealed class EchoClient(CallInvoker invoker)
    {
        public CallInvoker Invoker => invoker;
    }

    private sealed class CountingHandler : DelegatingHandler
    {
        public int Sent { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Sent++;
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class OrdersClient(HttpClient client)
    {
        public Task<string> GetAsync() => client.GetStringAsync("list");
    }
}
