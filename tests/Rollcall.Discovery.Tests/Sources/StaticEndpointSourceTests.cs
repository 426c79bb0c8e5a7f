using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Sources;

public class StaticEndpointSourceTests
{
    private static readonly StaticEndpointSource s_source = new(
        new Endpoint("a", "10.0.0.1", 80) { Tags = ["v1", "fast"] }, new Endpoint("b", "10.0.0.2", 80) { Tags = ["v2"], Datacenter = "dc2" });

    [Theory]
    [InlineData("orders", "a b")]
    [InlineData("stock?tag=v1", "a")]
    [InlineData("orders?tag=v1&tag=fast", "a")]
    [InlineData("orders?dc=dc2", "b")]
    [InlineData("orders?tag=v1&tag=v2", "")]
    [InlineData("orders?tag=nosuch", "")]
    public async Task Query_GetsThoseWithItsTagsAndDatacenter(string target, string expected)
    {
        var update = await FirstAsync(target);

        Assert.Equal(expected, string.Join(' ', update.Endpoints.Select(static e => e.Id)));
        Assert.Equal(expected.Length == 0, update.Note is not null);
    }

    [Fact]
    public async Task FilterExpression_IsRefused()
    {
        var error = await Assert.ThrowsAsync<NotSupportedException>(() => FirstAsync("orders?filter=Service.Port==80"));
        Assert.Contains("by tag, version or metadata", error.Message, StringComparison.Ordinal);
    }

    private static async Task<EndpointUpdate> FirstAsync(string target)
    {
        var query = ServiceTarget.Parse(target).Query;
        await using var updates = s_source.WatchAsync(query, CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await updates.MoveNextAsync().AsTask().WithinAsync());
        return updates.Current;
    }
}
