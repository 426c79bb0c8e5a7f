using System.Collections.Concurrent;
using Acme.Shop.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Rollcall.SourceCompatibility.Tests;

/// <summary>Unit tests as they are written for services and callers of grpc-dotnet, without server and channel.</summary>
public class TestDoubleTests
{
    [Fact]
    public async Task Service_RunsOnAFakeContext()
    {
        var service = new InventoryService(new ConcurrentDictionary<string, Item>());
        var context = FakeServerCallContext.Create(new Metadata { { "x-tenant", "unit" } });
        var added = await service.AddItems(new FakeStreamReader<Item>(new Item { Sku = "a" }, new Item { Sku = "b" }), context);
        var writer = new FakeStreamWriter<Item>();
        await service.ListItems(new Empty(), writer, context);

        Assert.Equal(2, added.Count);
        Assert.Equal(["a", "b"], writer.Written.Select(i => i.Sku));
        Assert.Equal("unit", context.RequestHeaders.GetValue("x-tenant"));
        Assert.Equal(("MethodName", "HostName", "PeerName"), (context.Method, context.Host, context.Peer));
        await Assert.ThrowsAsync<InvalidOperationException>(() => service.GetItem(new GetItemRequest(), context));
        Assert.Null(context.ResponseHeaders);
    }

    [Fact]
    public async Task Service_FindsTheHttpContextOfAFakeContext()
    {
        var service = new InventoryService(new ConcurrentDictionary<string, Item> { ["a"] = new Item { Sku = "a" } });
        var context = FakeServerCallContext.Create();
        var httpContext = new DefaultHttpContext();
        httpContext.Request.Path = "/unit";
        context.UserState["__HttpContext"] = httpContext;

        Assert.Equal("a", (await service.GetItem(new GetItemRequest { Sku = "a" }, context)).Sku);
        Assert.Equal("/unit", context.ResponseHeaders?.GetValue("x-path"));
    }

    [Fact]
    public async Task Client_IsReplacedByADouble()
    {
        var fake = new FakeInventoryClient();
        Inventory.InventoryClient client = fake;

        Assert.Equal("x", client.GetItem(new GetItemRequest { Sku = "x" }).Sku);
        using (var unary = client.GetItemAsync(new GetItemRequest { Sku = "y" }))
        {
            Assert.Equal("y", (await unary).Sku);
            Assert.Equal(Status.DefaultSuccess, unary.GetStatus());
            Assert.Empty(unary.GetTrailers());
        }

        Assert.True(fake.Disposed);
        using var add = client.AddItems();
        await add.RequestStream.WriteAsync(new Item { Sku = "z" });
        await add.RequestStream.CompleteAsync();
        Assert.Equal(1, (await add.ResponseAsync).Count);
        Assert.True(fake.Added.Completed);
        using var list = client.ListItems(new Empty());
        Assert.Equal(2, await CountAsync(list.ResponseStream));
        Assert.Equal(StatusCode.Cancelled, list.GetStatus().StatusCode);
        Assert.Equal("state", list.GetTrailers().GetValue("from"));
        using var reserve = client.Reserve();
        Assert.False(await reserve.ResponseStream.MoveNext());
    }

    [Fact]
    public void MethodThatADoubleDoesNotReplace_SaysWhatIsMissing()
    {
        var client = new BareClient();
        (string Method, Action Call)[] calls =
        [
            ("GetItem", () => client.GetItem(new GetItemRequest())),
            ("GetItem", () => client.GetItemAsync(new GetItemRequest())),
            ("AddItems", () => client.AddItems()),
            ("ListItems", () => client.ListItems(new Empty())),
            ("Reserve", () => client.Reserve()),
        ];

        Assert.All(calls, call => Assert.Contains(
            $"no channel, so /acme.shop.v1.Inventory/{call.Method}", Assert.Throws<NotSupportedException>(call.Call).Message, StringComparison.Ordinal));
    }

    private static async Task<int> CountAsync(IAsyncStreamReader<Item> items)
    {
        var count = 0;
        await foreach (var _ in items.ReadAllAsync())
        {
            count++;
        }

        return count;
    }

    private sealed class BareClient : Inventory.InventoryClient;
}
