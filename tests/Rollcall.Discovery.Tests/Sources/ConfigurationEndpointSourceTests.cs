using Microsoft.Extensions.Configuration;
using Rollcall.Discovery.Sources;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Sources;

public class ConfigurationEndpointSourceTests
{
    [Fact]
    public async Task Entries_AreTextsListsOrObjects()
    {
        var source = Source(
            ("E:text", "10.0.0.1:80, [::1]:81"),
            ("E:list:0", "10.0.0.1:80"),
            ("E:list:1", "db.example.org:82"),
            ("E:full:0:Address", "10.0.0.1:80"),
            ("E:full:0:Id", "one"),
            ("E:full:0:Weight", "3"),
            ("E:full:0:Tags:0", "v1"),
            ("E:full:0:Metadata:zone", "a"),
            ("E:full:0:Datacenter", "dc1"));

        Assert.Equal(["10.0.0.1:80", "[::1]:81"], Addresses(await FirstAsync(source, "text")));
        Assert.Equal(["10.0.0.1:80", "db.example.org:82"], Addresses(await FirstAsync(source, "list")));
        var full = Assert.Single((await FirstAsync(source, "full")).Endpoints);
        Assert.Equal(("one", 3, "a", "dc1", "full"), (full.Id, full.Weight, full.Zone, full.Datacenter, full.ServiceName));
        Assert.Equal("v1", Assert.Single(full.Tags));
        Assert.Contains("E:none has no entry", (await FirstAsync(source, "none")).Note, StringComparison.Ordinal);
        Assert.Equal("the configuration's section E", source.Name);
    }

    [Fact]
    public async Task TagsAndDatacenter_SelectEntries_AndAFilterIsRefused()
    {
        var source = Source(("E:web:0:Address", "a:1"), ("E:web:0:Tags:0", "v1"), ("E:web:0:Datacenter", "dc1"), ("E:web:1", "b:1"));

        Assert.Equal(["a:1"], Addresses(await FirstAsync(source, "web?tag=v1")));
        Assert.Equal(["a:1"], Addresses(await FirstAsync(source, "web?dc=dc1")));
        Assert.Contains("none with the tags", (await FirstAsync(source, "web?tag=v2")).Note, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotSupportedException>(() => FirstAsync(source, "web?filter=a"));
    }

    [Theory]
    [InlineData("E:web", "nowhere", "E:web: \"nowhere\"")]
    [InlineData("E:web:0", "10.0.0.1", "E:web:0: \"10.0.0.1\"")]
    [InlineData("E:web:0", "10.0.0.1:80/path", "E:web:0")]
    [InlineData("E:web:0:Adress", "10.0.0.1:80", "E:web:0 has no Address")]
    public async Task EntryThatCannotBeRead_IsNamed(string key, string value, string expected) =>
        Assert.Contains(expected, (await Assert.ThrowsAsync<FormatException>(() => FirstAsync(Source((key, value)), "web"))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Weight_ThatIsNone_IsNamed() => Assert.Contains(
        "E:web:0:Weight",
        (await Assert.ThrowsAsync<FormatException>(() => FirstAsync(Source(("E:web:0:Address", "a:1"), ("E:web:0:Weight", "-1")), "web"))).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Reload_IsAnUpdate_AndAFaultKeepsTheLastList()
    {
        var root = new ConfigurationBuilder().AddInMemoryCollection().Build();
        root["E:web"] = "a:1";
        await using var directory = new EndpointDirectory(new ConfigurationEndpointSource(root.GetSection("E")));
        var watch = directory.Watch(new ServiceQuery("web"));
        Assert.Equal("a", (await watch.FirstAsync().AsTask().WithinAsync()).Endpoints[0].Host);

        root["E:web"] = "b:1";
        root.Reload();
        await Eventually.TrueAsync(() => watch.Current!.Endpoints[0].Host == "b");

        root["E:web"] = "c";
        root.Reload();
        await Eventually.TrueAsync(() => watch.Current!.Freshness == SnapshotFreshness.Stale);
        Assert.Equal("b", watch.Current!.Endpoints[0].Host);
        Assert.Contains("\"c\"", watch.Current.Reason, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Addresses(EndpointUpdate update) => update.Endpoints.Select(endpoint => endpoint.Authority);

    private static ConfigurationEndpointSource Source(params (string Key, string Value)[] entries) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(entries.Select(entry => KeyValuePair.Create(entry.Key, (string?)entry.Value))).Build().GetSection("E"));

    private static async Task<EndpointUpdate> FirstAsync(ConfigurationEndpointSource source, string target)
    {
        await using var updates = source.WatchAsync(ServiceTarget.Parse(target).Query, CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync().AsTask().WithinAsync());
        return updates.Current;
    }
}
