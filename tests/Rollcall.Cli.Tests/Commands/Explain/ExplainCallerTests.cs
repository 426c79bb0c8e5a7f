using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent;
using Rollcall.Consul.Wire;
using Rollcall.Discovery;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Explain;

/// <summary>What a running application makes of a service, beside what the registry says.</summary>
public sealed class ExplainCallerTests(AgentKinds agents) : IClassFixture<AgentKinds>
{
    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task InstanceThatTheCallerLeavesOut_IsTold_WithUntilWhen(bool real)
    {
        var address = await agents.GetAsync(real);
        using var client = AgentFixture.CreateClient(address);
        await client.Agent.RegisterAsync(Live(address, "basket", "basket-1"));
        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "basket", Id = "basket-2", Address = "127.0.0.1", Port = FreePort.Next() });
        await using var app = await CallingApp.StartAsync(
            address, static o => o.Balancing.UnreachableCooldown = o.Balancing.MaxUnreachableCooldown = TimeSpan.FromMinutes(5));
        await Eventually.TrueAsync(async () => (await client.Health.ServiceAsync("basket")).Value.Count == 2);
        await app.CallAsync("basket");
        await app.CallAsync("basket");

        var result = await ExplainAsync(app, address, "basket", "--no-connect");
        var json = await ExplainAsync(app, address, "basket", "--no-connect", "--json");

        Assert.Equal((3, ""), (result.ExitCode, result.Error));
        Assert.StartsWith("'basket' resolves to both registered instances. The caller calls 1 of 2 in its list.\n", result.Output, StringComparison.Ordinal);
        Assert.Matches("(?m)^yes +no +basket-2 .* is left out by the caller until [0-9:]+Z: refused 1 connection in a row", result.Output);
        Assert.Matches("(?m)^yes +yes +basket-1 .* passing", result.Output);
        Assert.Matches("(?m)^The caller: shop, process [0-9]+ on .+\n- basket: fresh; round_robin by its own options; further attempts: 1 moved, 0 retried, 0 hedged$", result.Output);
        Assert.Contains("- basket-2: Look whether it runs, and whether the caller's machine can reach its address.", result.Output, StringComparison.Ordinal);

        using var document = JsonDocument.Parse(json.Output);
        Assert.Equal("degraded", document.RootElement.GetProperty("outcome").GetString());
        var use = Assert.Single(document.RootElement.GetProperty("caller").GetProperty("uses").EnumerateArray());
        Assert.Equal(("basket", 2, 1, 1), (use.GetProperty("query").GetString(), use.GetProperty("listed").GetInt32(), use.GetProperty("picked").GetInt32(), use.GetProperty("moved").GetInt32()));
        var second = Assert.Single(document.RootElement.GetProperty("instances")[1].GetProperty("caller").EnumerateArray());
        Assert.Equal(("coolingDown", false), (second.GetProperty("standing").GetString(), second.GetProperty("picked").GetBoolean()));
        Assert.Equal(JsonValueKind.String, second.GetProperty("until").ValueKind);
        Assert.Contains(
            document.RootElement.GetProperty("instances")[1].GetProperty("findings").EnumerateArray(), static f => f.GetProperty("code").GetString() == "cooling_down");
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task CallersOwnConditions_AreNoFault_ButARefusedConfigIs(bool real)
    {
        var address = await agents.GetAsync(real);
        using var client = AgentFixture.CreateClient(address);
        await client.Agent.RegisterAsync(Live(address, "prices", "prices-1") with { Tags = ["v1"] });
        await client.Agent.RegisterAsync(Live(address, "prices", "prices-2") with { Tags = ["v2"], Address = "localhost" });
        await using var app = await CallingApp.StartAsync(address, static o => o.Services["prices"] = Discovery.ServiceTarget.Parse("prices?tag=v2&policy=least_request"));
        await Eventually.TrueAsync(async () => (await client.Health.ServiceAsync("prices")).Value.Count == 2);
        await app.CallAsync("prices");

        var plain = await ExplainAsync(app, address, "prices");
        await client.Kv.PutAsync("rollcall/service-config/prices", """{ "loadBalancingConfig": [ { "robin": {} } ] }"""u8.ToArray());
        CliResult? refused = null;
        await Eventually.TrueAsync(async () => (refused = await ExplainAsync(app, address, "prices?tag=v2")).ExitCode == 3);

        Assert.Equal((0, ""), (plain.ExitCode, plain.Error));
        Assert.Matches("(?m)^yes +no +prices-1 .* is not in the list of the caller, which asks for prices\\?tag=v2", plain.Output);
        Assert.Matches("(?m)^yes +yes +prices-2 ", plain.Output);
        Assert.Contains("- prices?tag=v2: fresh; least_request by its own options", plain.Output, StringComparison.Ordinal);
        Assert.Contains("A service config is refused, and the last good one stays: the key rollcall/service-config/prices of consul at", refused!.Output, StringComparison.Ordinal);
        Assert.Contains("names no policy that is known", refused.Output, StringComparison.Ordinal);
        Assert.Contains("- Correct it: rollcall config get prices", refused.Output, StringComparison.Ordinal);

        await client.Kv.PutAsync("rollcall/service-config/prices", """{ "loadBalancingConf": [] }"""u8.ToArray());
        await Eventually.TrueAsync(async () => (refused = await ExplainAsync(app, address, "prices?tag=v2")).Output.Contains("Not all of the service config", StringComparison.Ordinal));
        Assert.Equal(3, refused!.ExitCode);
        Assert.Contains("loadBalancingConf is not known, and has no effect", refused.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StaleList_AndInstancesThatAreGone_AreTold()
    {
        var agent = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 });
        var address = agent.HttpAddress;
        using var client = AgentFixture.CreateClient(address);
        await using var peer = await CallingApp.StartAsync(address);
        await client.Agent.RegisterAsync(Live(peer.Address, "stock", "stock-1"));
        await using var app = await CallingApp.StartAsync(address);
        await Eventually.TrueAsync(async () => (await client.Health.ServiceAsync("stock")).Value.Count == 1);
        await app.CallAsync("stock");
        await agent.DisposeAsync();
        CliResult? down = null;
        await Eventually.TrueAsync(
            async () => (down = await ExplainAsync(app, address, "stock")).Output.Contains("The caller's list of stock is stale", StringComparison.Ordinal));

        // Another registry knows nothing of the instance.
        await using var other = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 });
        var elsewhere = await ExplainAsync(app, other.HttpAddress, "stock");

        Assert.Equal((1, ""), (down!.ExitCode, down.Error));
        Assert.StartsWith($"'stock' can't be looked up: consul at http://{address.Authority} does not answer. The caller calls 1 of 1 in its list.\n", down.Output, StringComparison.Ordinal);
        Assert.Matches("(?m)^The caller's list of stock is stale, vouched for [0-9.]+ s ago: consul at .* can't be read since", down.Output);
        Assert.Matches("(?m)^- stock: stale, its watch started again [0-9]+ times? \\(last failure from [0-9:]+Z on: ", down.Output);
        Assert.DoesNotContain("which the registry that was asked here does not have", down.Output, StringComparison.Ordinal);
        Assert.Contains($"The caller asks consul at http://{address.Authority}", elsewhere.Output, StringComparison.Ordinal);
        Assert.Contains($"The caller's list of stock has stock-1 ({peer.Address.Authority}), which the registry that was asked here does not have.", elsewhere.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallerThatTellsNothing_IsNamed_AndTheRegistrysPartIsShown()
    {
        var address = await agents.GetAsync(real: false);
        using var client = AgentFixture.CreateClient(address);
        await client.Agent.RegisterAsync(Live(address, "quiet", "quiet-1"));
        await using var app = await CallingApp.StartAsync(address, pattern: "/inside");
        var nobody = new Uri($"http://127.0.0.1:{FreePort.Next()}");

        foreach (var (url, words, advice) in ((Uri, string, string)[])
        [
            (new(app.Address, "/inside"), "does not follow 'quiet'", "make a call, and see whether it asks for this name"),
            (app.Address, "has nothing there (404) under /rollcall/diagnostics", "app.MapRollcallDiagnostics()"),
            (new(app.Address, "/text"), "answers with something else under /text", "app.MapRollcallDiagnostics()"),
            (new(app.Address, "/post-only"), "has nothing there (405) under /post-only", "app.MapRollcallDiagnostics()"),
            (new(app.Address, "/failing"), "answered 500", "Look into its log"),
            (nobody, "can't be asked: connection refused", "Look whether it runs"),
        ])
        {
            var result = await CliRun.RunAsync(address, "explain", "quiet", "--caller", url.ToString());

            Assert.Equal((3, ""), (result.ExitCode, result.Error));
            Assert.StartsWith("'quiet' resolves to the only registered instance, and it accepts connections.\n", result.Output, StringComparison.Ordinal);
            Assert.Contains($"The caller at {url.Authority} {words}", result.Output, StringComparison.Ordinal);
            Assert.Contains(advice, result.Output, StringComparison.Ordinal);
        }

        var wrong = await CliRun.RunAsync(address, "explain", "quiet", "--caller", "ftp://x");
        Assert.Equal((2, ""), (wrong.ExitCode, wrong.Output));
        Assert.Contains("Write it like http://127.0.0.1:5000", wrong.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "text/plain; charset=foo")]
    [InlineData("""{"services":[null]}""")]
    [InlineData("""{"services":null}""")]
    [InlineData("""{"services":[{"service":"odd","query":null}]}""")]
    [InlineData("""{"services":[{"service":"odd","query":"odd","callers":[null]}]}""")]
    [InlineData("""{"services":[{"service":"odd","query":"odd","callers":[{"instances":[null]}]}]}""")]
    [InlineData("""{"services":[{"service":"odd","query":"odd","callers":[{"serviceConfig":{"origin":"x","withoutEffect":[null]}}]}]}""")]
    [InlineData("""{"services":[{"service":"odd","query":"odd","list":{"ageSeconds":1e999},"callers":[{}]}]}""")]
    public async Task CallerThatIsSomethingElse_IsNamed_AndTheRegistrysPartIsShown(string body, string type = "application/json")
    {
        var address = await agents.GetAsync(real: false);
        using var client = AgentFixture.CreateClient(address);
        await client.Agent.RegisterAsync(Live(address, "odd", "odd-1"));
        await using var peer = await LoopbackPeer.StartAsync(context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(body);
        });

        var result = await CliRun.RunAsync(address, "explain", "odd", "--json", "--caller", peer.Address.Authority);
        var table = await CliRun.RunAsync(address, "explain", "odd", "--caller", peer.Address.Authority);

        Assert.Equal((3, ""), (result.ExitCode, result.Error));
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal("caller_unavailable", json.RootElement.GetProperty("caller").GetProperty("findings")[0].GetProperty("code").GetString());
        Assert.Equal((3, ""), (table.ExitCode, table.Error));
        Assert.Contains($"The caller at {peer.Address.Authority} answers with something else", table.Output, StringComparison.Ordinal);
        Assert.Matches("(?m)^yes +odd-1 ", table.Output);
    }

    private static Task<CliResult> ExplainAsync(CallingApp app, Uri agent, params string[] arguments) =>
        CliRun.RunAsync(agent, ["explain", .. arguments, "--caller", app.Address.Authority]);

    private static ServiceRegistration Live(Uri agent, string name, string id) => new() { Name = name, Id = id, Address = "127.0.0.1", Port = agent.Port };
}
