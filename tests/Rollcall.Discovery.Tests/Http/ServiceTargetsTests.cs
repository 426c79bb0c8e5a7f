using System.Collections.Frozen;
using Rollcall.Discovery.Http;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>What the names in addresses are set to stand for.</summary>
public sealed class ServiceTargetsTests
{
    private static Endpoint Version(LoopbackServer server, string version) => new(server.Endpoint.Id, server.Endpoint.Host, server.Endpoint.Port)
    {
        Metadata = new Dictionary<string, string> { ["version"] = version }.ToFrozenDictionary(),
    };

    private static async Task<string> GetAsync(TestCaller caller, string? canary = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/");
        if (canary is not null)
        {
            request.Headers.Add("X-Canary", canary);
        }

        using var response = await caller.Client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    [Fact]
    public async Task NameWithASelection_OnlySelectedInstancesAreCalled()
    {
        await using var a = await LoopbackServer.StartAsync("a");
        await using var b = await LoopbackServer.StartAsync("b");
        await using var caller = new TestCaller(
            o => o.Services["Orders"] = ServiceTarget.Parse("orders-v2?version=^2"), Version(a, "1.0.0"), Version(b, "2.0.0"));

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("b", await GetAsync(caller));
        }
    }

    [Fact]
    public async Task HeaderOfARequest_DecidesWhetherItGoesToInstancesOnTrial()
    {
        await using var a = await LoopbackServer.StartAsync("a");
        await using var b = await LoopbackServer.StartAsync("b");
        await using var caller = new TestCaller(
            o => o.Services["orders"] = ServiceTarget.Parse("orders?canary=0&canary.version=^2&canary.header=x-canary&policy=round_robin"),
            Version(a, "1.0.0"),
            Version(b, "2.0.0"));

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("a", await GetAsync(caller));
            Assert.Equal("b", await GetAsync(caller, "1"));
            Assert.Equal("a", await GetAsync(caller, "never"));
        }
    }

    [Fact]
    public async Task HedgedRequest_IsSentByItsHeaderToo()
    {
        await using var a = await LoopbackServer.StartAsync("a");
        await using var b = await LoopbackServer.StartAsync("b");
        await using var caller = new TestCaller(
            o =>
            {
                o.Services["orders"] = ServiceTarget.Parse("orders?canary.version=^2&canary.header=x-canary");
                o.Hedging = new(2, TimeSpan.FromSeconds(30), default);
            },
            Version(a, "1.0.0"),
            Version(b, "2.0.0"));

        Assert.Equal("a", await GetAsync(caller));
        Assert.Equal("b", await GetAsync(caller, "1"));
    }

    [Fact]
    public async Task PolicyThatDoesNotExist_IsRefusedAtOnce()
    {
        await using var directory = new EndpointDirectory(new StaticEndpointSource());
        var options = new DiscoveryHandlerOptions();
        options.Services["orders"] = new ServiceTarget(new ServiceQuery("orders")) { Policy = "nearest" };

        var e = Assert.Throws<ArgumentException>(() => new DiscoveryHandler(directory, options));

        Assert.Contains("there is no policy 'nearest': use one of ", e.Message, StringComparison.Ordinal);
    }
}
