using System.Collections.Frozen;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Selecting;

public class NamedPortTests
{
    private static Endpoint Instance(string id, params (string Name, string Host, int Port)[] addresses) => new(id, "10.0.0.1", 80)
    {
        ServiceName = "orders",
        Weight = 3,
        Tags = ["v1"],
        Zone = "a",
        Metadata = new Dictionary<string, string> { ["port-admin"] = "81", ["port-bad"] = "x", ["port-high"] = "65536" }.ToFrozenDictionary(),
        Addresses = addresses.ToFrozenDictionary(a => a.Name, a => new EndpointAddress(a.Host, a.Port)),
    };

    [Fact]
    public void At_IsTheInstanceAtThatAddress_AndTheSameObjectEachTime()
    {
        var instance = Instance("o1", ("metrics", "10.0.0.2", 9100), ("admin", "10.0.0.3", 82));

        var metrics = instance.At("metrics")!;

        Assert.Equal(("o1", "10.0.0.2:9100", "orders", 3, "a"), (metrics.Id, metrics.Authority, metrics.ServiceName, metrics.Weight, metrics.Zone));
        Assert.Equal("v1", Assert.Single(metrics.Tags));
        Assert.Same(metrics, instance.At("metrics"));
        Assert.Equal("10.0.0.3:82", instance.At("admin")!.Authority);
        Assert.Equal("10.0.0.1:81", Instance("o2").At("admin")!.Authority);
        Assert.Null(instance.At("nowhere"));
        Assert.Null(instance.At("bad"));
        Assert.Null(instance.At("high"));
    }

    [Fact]
    public void Target_NamesThePort()
    {
        var target = ServiceTarget.Parse("orders?port=metrics&tag=v1");

        Assert.Equal("metrics", target.Query.Select.Port);
        Assert.Equal("orders?tag=v1&port=metrics", target.ToString());
        Assert.Equal(target, ServiceTarget.Parse(target.ToString()));
        Assert.NotEqual(target, ServiceTarget.Parse("orders?tag=v1"));
        Assert.Throws<FormatException>(() => ServiceTarget.Parse("orders?port="));
        Assert.Throws<FormatException>(() => ServiceTarget.Parse("orders?port=a&port=b"));
    }

    [Fact]
    public async Task Query_CallsInstancesAtThePort_SharesTheWatch_AndChangesOnlyWithIt()
    {
        var source = new ScriptedSource();
        await using var directory = new EndpointDirectory(source);
        await using var own = directory.Watch(new ServiceQuery("orders"));
        await using var metrics = directory.Watch(ServiceTarget.Parse("orders?port=metrics").Query);
        source.Answer(1, Instance("o1", ("metrics", "10.0.0.2", 9100)), Instance("o2"));

        var first = await metrics.FirstAsync().AsTask().WithinAsync();
        Assert.Equal("10.0.0.2:9100", Assert.Single(first.Endpoints).Authority);
        Assert.Equal(2, (await own.FirstAsync().AsTask().WithinAsync()).Endpoints.Length);
        Assert.Equal(1, source.Opened);

        source.Answer(2, Instance("o1", ("metrics", "10.0.0.2", 9100)), Instance("o2"), Instance("o3"));
        await Eventually.TrueAsync(() => own.Current!.Endpoints.Length == 3);
        Assert.Same(first.Endpoints[0], metrics.Current!.Endpoints[0]);

        source.Answer(3, Instance("o1", ("metrics", "10.0.0.2", 9101)));
        await Eventually.TrueAsync(() => metrics.Current!.Endpoints is [{ Port: 9101 }]);
    }

    [Fact]
    public async Task InstancesThatShareThePort_AreListedOnce()
    {
        var source = new ScriptedSource();
        await using var directory = new EndpointDirectory(source);
        await using var metrics = directory.Watch(ServiceTarget.Parse("orders?port=metrics").Query);
        var addresses = FrozenDictionary.ToFrozenDictionary([KeyValuePair.Create("metrics", new EndpointAddress("10.0.0.2", 9100))]);

        source.Answer(1, new Endpoint("o1", "10.0.0.1", 5000) { Addresses = addresses }, new Endpoint("o1", "10.0.0.1", 5001) { Addresses = addresses });

        var snapshot = await metrics.FirstAsync().AsTask().WithinAsync();
        Assert.Equal("10.0.0.2:9100", Assert.Single(snapshot.Endpoints).Authority);
    }

    [Fact]
    public async Task NobodyHasThePort_IsSaid()
    {
        var source = new ScriptedSource();
        await using var directory = new EndpointDirectory(source);
        await using var balancer = new ServiceBalancer(directory.Watch(ServiceTarget.Parse("orders?port=nope").Query), BalancingPolicies.Find("round_robin"));
        source.Answer(1, Instance("o1"));

        var exception = await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());

        Assert.Contains("without port nope", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoneHasThePort_TheNoteNamesIt()
    {
        var source = new ScriptedSource();
        await using var directory = new EndpointDirectory(source);
        await using var metrics = directory.Watch(ServiceTarget.Parse("orders?port=metrics").Query);
        source.Answer(1, Instance("o1"), Instance("o2"));

        var list = await metrics.FirstAsync().AsTask().WithinAsync();

        Assert.Equal("of 2 none is selected by port=metrics (2 without port metrics)", list.Note);
    }
}
