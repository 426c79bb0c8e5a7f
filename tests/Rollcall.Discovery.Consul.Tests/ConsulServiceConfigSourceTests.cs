using System.Text;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

public sealed class ConsulServiceConfigSourceTests : IDisposable
{
    private static readonly ServiceConfigQuery s_orders = new("orders");

    private readonly StubConsul _stub = new();

    public void Dispose() => _stub.Dispose();

    [Fact]
    public async Task Key_IsFollowedByOneBlockingQuery()
    {
        using var client = _stub.Client();
        await using var directory = new ServiceConfigDirectory([new ConsulServiceConfigSource(client)]);
        using var watch = directory.Watch(s_orders);
        using var other = directory.Watch(s_orders);
        _stub.Answer("[]", 5).Answer(Pair("\ufeff" + """{ "loadBalancingPolicy": "random" }"""), 6);
        await Eventually.TrueAsync(() => watch.State.Config is not null);
        await Eventually.TrueAsync(() => _stub.Open == 1);

        Assert.Equal("random", other.State.Config!.Balancing!.Name);
        Assert.Equal("the key rollcall/service-config/orders of consul at http://127.0.0.1:1", watch.State.Origin);
        Assert.Equal(
            ["", "&index=5", "&index=6"],
            _stub.Requests.Select(static r => r.Replace("/v1/kv/rollcall/service-config/orders?stale", "", StringComparison.Ordinal).Split("&wait=")[0]));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    public async Task ServerWithoutLeader_IsNotBelieved(int index)
    {
        using var client = _stub.Client();
        var clock = new FakeTimeProvider();
        await using var directory = new ServiceConfigDirectory([new ConsulServiceConfigSource(client)], clock);
        using var watch = directory.Watch(s_orders);
        _stub.Answer(Pair("""{ "loadBalancingPolicy": "random" }"""), 6).Answer("[]", (ulong)index, leader: false);
        await Eventually.TrueAsync(() => watch.State.Failure is not null);
        Assert.Contains("knows no leader", watch.State.Failure!.Reason, StringComparison.Ordinal);
        Assert.NotNull(watch.State.Config);

        // From the start again, so that what the leaderless server said first is not waited for.
        await clock.WaitForTimersAsync(1);
        clock.Advance(TimeSpan.FromSeconds(1));
        _stub.Answer("[]", 7);
        await Eventually.TrueAsync(() => watch.State is { Config: null, Failure: null });
    }

    [Fact]
    public async Task EmptyValue_IsRefused()
    {
        using var client = _stub.Client();
        await using var directory = new ServiceConfigDirectory([new ConsulServiceConfigSource(client, "teams/")]);
        using var watch = directory.Watch(s_orders);
        _stub.Answer("""[ { "Key": "teams/orders", "Value": null } ]""", 6);

        await Eventually.TrueAsync(() => watch.State.Refused is not null);
        Assert.Contains("is not JSON", watch.State.Refused!.Fault, StringComparison.Ordinal);
        Assert.Contains("/v1/kv/teams/orders?", _stub.Requests.First(), StringComparison.Ordinal);
    }

    [Fact]
    public void PrefixWithASlash_IsRefused()
    {
        using var client = _stub.Client();
        Assert.Contains("begins with a '/'", Assert.Throws<ArgumentException>(() => new ConsulServiceConfigSource(client, "/x")).Message, StringComparison.Ordinal);
    }

    private static string Pair(string json) =>
        $$"""[ { "Key": "k", "Value": "{{Convert.ToBase64String(Encoding.UTF8.GetBytes(json))}}" } ]""";
}
