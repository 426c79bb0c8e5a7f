using Acme.Shop.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Rollcall.SourceCompatibility.Tests;

/// <summary>A test double of a generated client: overrides its virtual methods and answers with calls made by their public constructors.</summary>
public class FakeInventoryClient : Inventory.InventoryClient
{
    public FakeStreamWriter<Item> Added { get; } = new();

    public bool Disposed { get; private set; }

    public override Item GetItem(GetItemRequest request, CallOptions options) => new() { Sku = request.Sku };

    public override AsyncUnaryCall<Item> GetItemAsync(GetItemRequest request, CallOptions options) => new(
        Task.FromResult(new Item { Sku = request.Sku }),
        Task.FromResult(new Metadata()),
        () => Status.DefaultSuccess,
        () => new Metadata(),
        () => Disposed = true);

    public override AsyncClientStreamingCall<Item, AddItemsResponse> AddItems(CallOptions options) => new(
        Added,
        Task.FromResult(new AddItemsResponse { Count = 1 }),
        Task.FromResult(new Metadata()),
        () => Status.DefaultSuccess,
        () => Metadata.Empty,
        () => { });

    public override AsyncServerStreamingCall<Item> ListItems(Empty request, CallOptions options) => new(
        new FakeStreamReader<Item>(new Item { Sku = "a" }, new Item { Sku = "b" }),
        static _ => Task.FromResult(new Metadata()),
        static _ => Status.DefaultCancelled,
        static _ => new Metadata { { "from", "state" } },
        static state => ((FakeInventoryClient)state).Disposed = true,
        this);

    public override AsyncDuplexStreamingCall<ReserveRequest, ReserveRequest.Types.Outcome> Reserve(CallOptions options) => new(
        new FakeStreamWriter<ReserveRequest>(),
        new FakeStreamReader<ReserveRequest.Types.Outcome>(),
        Task.FromResult(new Metadata()),
        () => Status.DefaultSuccess,
        () => new Metadata(),
        () => { });
}
