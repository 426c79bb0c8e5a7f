using System.Collections.Concurrent;
using Acme.Shop.V1;
using Acme.Types;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rollcall.Grpc.Server;

namespace Rollcall.SourceCompatibility.Tests;

/// <summary>A service as it is written for grpc-dotnet, with everything that a handler may ask its context.</summary>
public class InventoryService : Inventory.InventoryBase
{
    private readonly ConcurrentDictionary<string, Item> _items;

    public InventoryService(ConcurrentDictionary<string, Item> items)
    {
        _items = items;
    }

    public override async Task<Item> GetItem(GetItemRequest request, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var tenant = context.RequestHeaders.GetValue("x-tenant") ?? "nobody";
        var raw = context.RequestHeaders.GetValueBytes("x-raw-bin");
        var first = context.RequestHeaders.Get("x-tenant");
        var all = context.RequestHeaders.GetAll("x-tenant").Select(e => e.Value).ToList();

        await context.WriteResponseHeadersAsync(new Metadata
        {
            { "x-tenants", string.Join('+', all) },
            { "x-first", first?.Key ?? "" },
            new Metadata.Entry("x-path", http.Request.Path.Value!),
        });
        context.ResponseTrailers.Add("x-method", context.Method);
        context.ResponseTrailers.Add("x-host", context.Host);
        context.ResponseTrailers.Add("x-deadline", context.Deadline == DateTime.MaxValue ? "none" : "some");
        context.ResponseTrailers.Add(new Metadata.Entry("x-raw" + Metadata.BinaryHeaderSuffix, raw ?? []));
        context.ResponseTrailers.Add("x-known", $"{context.Peer.Length > 0} {context.AuthContext.IsPeerAuthenticated} {context.UserState.ContainsKey("seen")}");
        context.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
        context.CancellationToken.ThrowIfCancellationRequested();

        if (!_items.TryGetValue(request.Sku, out var item))
        {
            throw new RpcException(new Status(StatusCode.NotFound, $"no item {request.Sku} for {tenant}"), new Metadata { { "x-sku", request.Sku } });
        }

        context.Status = new Status(StatusCode.OK, "found");
        return item;
    }

    public override async Task<AddItemsResponse> AddItems(IAsyncStreamReader<Item> requestStream, ServerCallContext context)
    {
        var count = 0;
        while (await requestStream.MoveNext())
        {
            _items[requestStream.Current.Sku] = requestStream.Current;
            count++;
        }

        return new AddItemsResponse { Count = count };
    }

    public override async Task ListItems(Empty request, IServerStreamWriter<Item> responseStream, ServerCallContext context)
    {
        responseStream.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
        foreach (var item in _items.Values.OrderBy(i => i.Sku, StringComparer.Ordinal))
        {
            await responseStream.WriteAsync(item, context.CancellationToken);
        }
    }

    public override async Task Reserve(
        IAsyncStreamReader<ReserveRequest> requestStream, IServerStreamWriter<ReserveRequest.Types.Outcome> responseStream, ServerCallContext context)
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(new ReserveRequest.Types.Outcome { Sku = request.Sku, Reserved = _items.ContainsKey(request.Sku) });
        }
    }

    [Obsolete("As the method of the generated class is.")]
    public override Task<Money> GetPrice(GetItemRequest request, ServerCallContext context) => Task.FromResult(_items[request.Sku].Price);
}
