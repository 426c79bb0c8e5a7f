using System.Collections.Frozen;

namespace Rollcall.Discovery.Tests;

public sealed class EndpointTests
{
    private static Endpoint Instance(
        string id = "o1",
        int weight = 3,
        string service = "orders",
        string tag = "v1",
        string? node = "n1",
        string? datacenter = "dc1",
        string? zone = "a",
        (string Key, string Value)? metadata = null,
        (string Name, int Port)? address = null) => new(id, "10.0.0.1", 80)
        {
            ServiceName = service,
            Weight = weight,
            Tags = [tag],
            Node = node,
            Datacenter = datacenter,
            Zone = zone,
            Metadata = metadata is { } pair ? new Dictionary<string, string> { [pair.Key] = pair.Value }.ToFrozenDictionary() : FrozenDictionary<string, string>.Empty,
            Addresses = address is { } named
                ? new Dictionary<string, EndpointAddress> { [named.Name] = new("10.0.0.1", named.Port) }.ToFrozenDictionary()
                : FrozenDictionary<string, EndpointAddress>.Empty,
        };

    [Fact]
    public void HasSameDetails_IsFalseForEachDetailThatDiffers()
    {
        var one = Instance(metadata: ("k", "v"), address: ("metrics", 9100));

        Assert.True(one.HasSameDetails(Instance(metadata: ("k", "v"), address: ("metrics", 9100))));
        Assert.All(
            [
                Instance(id: "o2", metadata: ("k", "v"), address: ("metrics", 9100)),
                Instance(weight: 4, metadata: ("k", "v"), address: ("metrics", 9100)),
                Instance(service: "billing", metadata: ("k", "v"), address: ("metrics", 9100)),
                Instance(tag: "v2", metadata: ("k", "v"), address: ("metrics", 9100)),
                Instance(node: "n2", metadata: ("k", "v"), address: ("metrics", 9100)),
                Instance(datacenter: null, metadata: ("k", "v"), address: ("metrics", 9100)),
                Instance(zone: "b", metadata: ("k", "v"), address: ("metrics", 9100)),
                Instance(metadata: ("k", "w"), address: ("metrics", 9100)),
                Instance(metadata: ("l", "v"), address: ("metrics", 9100)),
                Instance(address: ("metrics", 9100)),
                Instance(metadata: ("k", "v"), address: ("metrics", 9101)),
                Instance(metadata: ("k", "v"), address: ("admin", 9100)),
                Instance(metadata: ("k", "v")),
                null,
            ],
            other => Assert.False(one.HasSameDetails(other)));
    }
}
