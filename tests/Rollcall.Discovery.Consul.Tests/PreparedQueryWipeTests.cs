using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>An agent that is restarted empty between two runs of a prepared query.</summary>
public sealed class PreparedQueryWipeTests
{
    [Fact]
    public async Task QueryIsGoneWithAllInstances_TheListIsHeldAndThenBelieved()
    {
        var time = new FakeTimeProvider();
        await using var agent = await TestAgent.StartAsync();
        using var client = agent.CreateClient();
        using var http = new HttpClient { BaseAddress = agent.Address };
        await client.Agent.RegisterAsync(new ServiceRegistration { Id = "orders-1", Name = "orders", Address = "127.0.0.1", Port = 1001 });
        using var body = new StringContent("""{"Name":"nearest","Service":{"Service":"orders"}}""");
        using var created = await http.PostAsync(new Uri("v1/query", UriKind.Relative), body);
        await using var directory = new EndpointDirectory(new PreparedQueryEndpointSource(client, timeProvider: time), timeProvider: time);
        await using var watch = directory.Watch(new ServiceQuery("nearest"));
        Assert.Single((await watch.FirstAsync().AsTask().WithinAsync()).Endpoints);
        await time.WaitForTimersAsync(1);

        await agent.WipeAsync();
        await time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => watch.Current!.Freshness != SnapshotFreshness.Fresh);

        Assert.Equal(SnapshotFreshness.Suspect, watch.Current!.Freshness);
        Assert.Single(watch.Current.Endpoints);
        Assert.Contains("the prepared query nearest was gone", watch.Current.Reason, StringComparison.Ordinal);

        // Found out while the clock moved on: somewhat less than 30 seconds are left.
        time.Advance(TimeSpan.FromSeconds(20));
        await time.WaitForTimersAsync(2);
        Assert.Single(watch.Current.Endpoints);
        await time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => watch.Current!.Freshness == SnapshotFreshness.Fresh);
        Assert.Empty(watch.Current.Endpoints);
    }
}
