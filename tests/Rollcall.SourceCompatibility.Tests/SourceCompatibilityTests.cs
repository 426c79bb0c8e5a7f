using System.Collections.Concurrent;
using Acme.Shop.V1;
using Acme.Types;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Core.Utils;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Server;

namespace Rollcall.SourceCompatibility.Tests;

/// <summary>Calls a service by generated code, both written as for grpc-dotnet; what compiles here is the proof, and it runs, too.</summary>
public sealed class SourceCompatibilityTests : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Item> _items = new();
    private readonly AllHandlersInterceptor _ofServer = new();
    private readonly AllHandlersInterceptor _ofClient = new();
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;

    private Inventory.InventoryClient Client => new(_channel.Intercept(_ofClient));

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(_items);
        builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = 1024 * 1024;
            options.EnableDetailedErrors = true;
            options.Interceptors.Add(_ofServer);
        });
        _app = builder.Build();
        _app.UseRouting();
        _app.MapGrpcService<InventoryService>();
        await _app.StartAsync();
        _channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = _app.GetTestServer().CreateHandler() });

        using var call = new Inventory.InventoryClient(_channel).AddItems();
        await call.RequestStream.WriteAllAsync([new Item { Sku = "a", Price = new Money { Cents = 5 } }, new Item { Sku = "b" }]);
        Assert.Equal(2, (await call).Count);
        _ofServer.Seen.Clear();
    }

    public async Task DisposeAsync()
    {
        await _channel.ShutdownAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task UnaryCall_ShowsEverythingToHandlerAndCaller()
    {
        var options = new CallOptions(headers: new Metadata { { "x-tenant", "one" }, { "x-raw-bin", [1, 2] } })
            .WithDeadline(TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1))
            .WithCancellationToken(CancellationToken.None)
            .WithWriteOptions(new WriteOptions(WriteFlags.NoCompress))
            .WithWaitForReady(false);

        using var call = Client.GetItemAsync(new GetItemRequest { Sku = "a" }, options);
        var headers = await call.ResponseHeadersAsync;
        var item = await call.ConfigureAwait(true);

        Assert.Equal(5, item.Price.Cents);
        Assert.Equal("one+intercepted", headers.GetValue("x-tenants"));
        Assert.Equal("x-tenant", headers.GetValue("x-first"));
        Assert.Equal("/acme.shop.v1.Inventory/GetItem", headers.GetValue("x-path"));
        var trailers = call.GetTrailers();
        Assert.Equal("/acme.shop.v1.Inventory/GetItem", trailers.GetValue("x-method"));
        Assert.Equal("localhost", trailers.GetValue("x-host"));
        Assert.Equal("some", trailers.GetValue("x-deadline"));
        Assert.Equal([1, 2], trailers.GetValueBytes("x-raw-bin")!);
        Assert.Equal("True False True", trailers.GetValue("x-known"));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Equal(["client Unary /acme.shop.v1.Inventory/GetItem"], _ofClient.Seen);
        Assert.Equal(["server /acme.shop.v1.Inventory/GetItem"], _ofServer.Seen);
    }

    [Fact]
    public async Task RefusedCall_BringsStatusAndTrailers()
    {
        try
        {
            await Client.GetItemAsync(new GetItemRequest { Sku = "none" });
            Assert.Fail("The call must be refused.");
        }
        catch (RpcException ex) when (ex.StatusCode == StatusCode.NotFound)
        {
            Assert.Equal("no item none for intercepted", ex.Status.Detail);
            Assert.Equal("none", ex.Trailers.Get("x-sku")?.Value);
            Assert.Contains("NotFound", ex.Message, StringComparison.Ordinal);
            Assert.Contains("NotFound", ex.Status.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Streams_AreReadInEveryUsualWay()
    {
        using var list = Client.ListItems(new Empty());
        var items = new List<string>();
        await foreach (var item in list.ResponseStream.ReadAllAsync())
        {
            items.Add(item.Sku);
        }

        using var again = Client.ListItems(new Empty(), cancellationToken: CancellationToken.None);
        using var reserve = Client.Reserve();
        await reserve.RequestStream.WriteAsync(new ReserveRequest { Sku = "a" });
        Assert.True(await reserve.ResponseStream.MoveNext());
        Assert.True(reserve.ResponseStream.Current.Reserved);
        await reserve.RequestStream.CompleteAsync();
        Assert.False(await reserve.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(["a", "b"], items);
        Assert.Equal(["a", "b"], (await again.ResponseStream.ToListAsync()).Select(i => i.Sku));
        Assert.Equal(["client ServerStreaming", "client ServerStreaming", "client DuplexStreaming"], _ofClient.Seen);
    }

    [Fact]
    public async Task BlockingAndDeprecatedMethods_AreThere()
    {
        var item = await Task.Run(() => Client.GetItem(new GetItemRequest { Sku = "a" }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1)));
#pragma warning disable CS0612 // deprecated in the .proto file
        var price = await Client.GetPriceAsync(new GetItemRequest { Sku = "a" });
        Assert.Equal("acme.shop.v1.Legacy", Legacy.Descriptor.FullName);
        Assert.NotNull(typeof(Legacy.LegacyBase).GetMethod("Ping"));
#pragma warning restore CS0612

        Assert.Equal(5, item.Price.Cents);
        Assert.Equal(5, price.Cents);
        Assert.Contains("client blocking GetItem", _ofClient.Seen);
    }

    [Fact]
    public async Task DefinitionOfAService_IsInterceptedAndMapped()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        await using var app = builder.Build();
        app.UseRouting();
        var inner = new AllHandlersInterceptor();
        app.MapGrpcService(Inventory.BindService(new InventoryService(_items)).Intercept(_ofServer, inner));
        await app.StartAsync();
        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = app.GetTestServer().CreateHandler() });
        var client = new Inventory.InventoryClient(channel);

        await client.GetItemAsync(new GetItemRequest { Sku = "a" });
        using var add = client.AddItems();
        await add.RequestStream.CompleteAsync();
        Assert.Equal(0, (await add).Count);
        using var list = client.ListItems(new Empty());
        await list.ResponseStream.ToListAsync();
        using var reserve = client.Reserve();
        await reserve.RequestStream.CompleteAsync();
        Assert.False(await reserve.ResponseStream.MoveNext());

        string[] methods = ["GetItem", "AddItems", "ListItems", "Reserve"];
        Assert.Equal(methods.Select(m => $"server /acme.shop.v1.Inventory/{m}"), _ofServer.Seen);
        Assert.Equal(_ofServer.Seen, inner.Seen);
    }

    [Fact]
    public async Task DefinitionMadeWithTheServices_IsMappedWithConventions()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(_items);
        builder.Services.AddGrpc();
        await using var app = builder.Build();
        app.UseRouting();
        string[] names = [];
        Name(app.MapGrpcService(
            services => Inventory.BindService(new InventoryService(services.GetRequiredService<ConcurrentDictionary<string, Item>>()))));
        await app.StartAsync();
        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = app.GetTestServer().CreateHandler() });

        Assert.Equal(5, (await new Inventory.InventoryClient(channel).GetItemAsync(new GetItemRequest { Sku = "a" })).Price.Cents);
        Assert.Contains("gRPC - /acme.shop.v1.Inventory/GetItem", names);

        // By the type that grpc-dotnet's users may have written out.
        void Name(GrpcServiceEndpointConventionBuilder mapped) => mapped.Add(endpoint => names = [.. names, endpoint.DisplayName!]);
    }

    [Fact]
    public async Task Interceptors_OfEveryForm_AreChained()
    {
        var invoker = _channel
            .Intercept(_ofClient, new AllHandlersInterceptor())
            .Intercept(metadata =>
            {
                metadata.Add(new Metadata.Entry("x-tenant", "function"));
                return metadata;
            });

        using var call = new Inventory.InventoryClient(invoker).GetItemAsync(new GetItemRequest { Sku = "a" });

        Assert.Equal("function+intercepted+intercepted", (await call.ResponseHeadersAsync).GetValue("x-tenants"));
        await call;
    }
}
