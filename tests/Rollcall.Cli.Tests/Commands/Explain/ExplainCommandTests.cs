using System.Globalization;
using System.Text.Json;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Cli.Tests.Commands.Explain;

/// <summary>Every cause is brought about for real, in an embedded agent and in a real Consul.</summary>
public sealed class ExplainCommandTests(AgentKinds agents) : IClassFixture<AgentKinds>
{
    private static readonly CheckDefinition s_passing = new() { Ttl = "10m", Status = CheckStatus.Passing };

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task AllInOrder_IsExitCode0(bool real)
    {
        var address = await agents.GetAsync(real);
        await RegisterAsync(address, Live(address, "fine", "fine-1"));

        var result = await UntilAsync(address, 0, "fine");

        Assert.StartsWith("'fine' resolves to the only registered instance, and it accepts connections.\n", result.Output, StringComparison.Ordinal);
        AssertRow("yes  +fine-1  +127.0.0.1:[0-9]+  .*passing; accepts connections", result);
        Assert.DoesNotContain("What to do", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task CriticalCheck_IsShownWithItsOutput_AndTheRestIsCalled(bool real)
    {
        var address = await agents.GetAsync(real);
        using var client = await RegisterAsync(
            address, Live(address, "half", "half-1"), new ServiceRegistration { Name = "half", Id = "half-2", Port = FreePort.Next(), Check = s_passing });
        await client.Agent.FailAsync("service:half-2", "disk\nfull");

        var result = await UntilAsync(address, 3, "half", "left out");

        Assert.StartsWith("'half' resolves to 1 of 2 registered instances (left out: 1 by a check), and it accepts connections.\n", result.Output, StringComparison.Ordinal);
        AssertRow("no  +half-2 .*critical: check service:half-2 says disk full; does not accept connections from here", result);
        AssertAdvice("half-2: Nothing answers at its address either: start it again. If it is gone for good: rollcall deregister half-2", result);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task CheckThatWarns_IsNamedWithTheParameterThatLetsItIn(bool real)
    {
        var address = await agents.GetAsync(real);
        using var client = await RegisterAsync(
            address,
            Live(address, "warned", "warned-1"),
            new ServiceRegistration { Name = "warned", Id = "warned-2", Port = FreePort.Next(), Check = s_passing, Weights = new ServiceWeights { Passing = 10, Warning = 3 } });
        await client.Agent.WarnAsync("service:warned-2", "disk fills");

        var result = await UntilAsync(address, 3, "warned", "left out");
        var lenient = await UntilAsync(address, 3, "warned?warning=true", "resolves to both registered instances");

        Assert.Contains("(left out: 1 by a check)", result.Output, StringComparison.Ordinal);
        AssertRow("no  +warned-2 .*warning: check service:warned-2 says disk fills", result);
        AssertAdvice("warned-2: Callers leave out what warns. With warning=true in their target they call it, at the weight that it has for this (3).", result);
        AssertRow("yes  +warned-2 .*warning: check service:warned-2 says disk fills", lenient);
        Assert.DoesNotContain("Callers leave out what warns", lenient.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task ExpiredHeartbeat_IsExitCode1WhenNothingElseIsLeft(bool real)
    {
        var address = await agents.GetAsync(real);
        await RegisterAsync(address, Live(address, "silent", "silent-1") with { Check = new CheckDefinition { Ttl = "1s", Status = CheckStatus.Passing } });

        var result = await UntilAsync(address, 1, "silent");

        Assert.StartsWith("'silent' resolves to nothing: the only registered instance is left out (1 by a check).\n", result.Output, StringComparison.Ordinal);
        AssertRow("no  +silent-1 .*critical: check service:silent-1 says TTL expired.*; accepts connections", result);
        AssertAdvice("silent-1: Its heartbeat has stopped, though it accepts connections: it hangs, or can't reach its agent. Look into its log.", result);
        Assert.DoesNotContain("gone", result.Output, StringComparison.Ordinal);
    }

    // It is one of all instances on the node, and says nothing of any of them.
    [Fact]
    public async Task CheckOfTheNode_IsToldApartFromTheInstances()
    {
        await using var own = await ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0, NodeName = "machine-1" }).WithinAsync();
        var address = own.HttpAddress;
        using var client = await RegisterAsync(address, Live(address, "placed", "placed-1"), new ServiceRegistration { Name = "placed", Id = "placed-2", Port = FreePort.Next() });
        await client.Agent.RegisterCheckAsync(new CheckDefinition { CheckId = "disk", Name = "disk", Ttl = "10m" });
        await client.Agent.FailAsync("disk", "disk\nfull");

        var critical = await UntilAsync(address, 1, "placed", "disk full");
        await client.Agent.WarnAsync("disk", "disk fills");
        var warning = await UntilAsync(address, 1, "placed", "disk fills");

        AssertRow("no  +placed-1 .*critical: check disk of its node machine-1 says disk full; accepts connections", critical);
        AssertAdvice("placed-1, placed-2: It is a check of the node machine-1, and takes out every instance there: look at that machine, and at what the check asks.", critical);
        Assert.DoesNotContain("deregister", critical.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("start it again", critical.Output, StringComparison.Ordinal);
        AssertRow("no  +placed-2 .*warning: check disk of its node machine-1 says disk fills", warning);
        AssertAdvice("placed-1, placed-2: Callers leave out what warns. With warning=true in their target they call it, at the weight that it has for this (1). The check is one of the node machine-1: look at that machine.", warning);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task OtherTagsAndFilters_AreNoFault_UnlessNothingIsLeft(bool real)
    {
        var address = await agents.GetAsync(real);
        await RegisterAsync(address, Live(address, "tagged", "tagged-1") with { Tags = ["v1"] });
        await RegisterAsync(address, new ServiceRegistration { Name = "tagged", Id = "tagged-2", Port = 1, Tags = ["v2"] });
        await UntilAsync(address, 3, "tagged", "tagged-2");

        var some = await UntilAsync(address, 0, "tagged?tag=v1");
        var none = await UntilAsync(address, 1, "tagged?tag=v3");
        var filtered = await UntilAsync(address, 0, "tagged?filter=Service.ID%20==%20%22tagged-1%22");
        var selected = await UntilAsync(address, 0, "tagged?nottag=v2");
        var unselected = await UntilAsync(address, 1, "tagged?version=^2");

        Assert.Contains("1 of 2 registered instances (left out: 1 by its tags)", some.Output, StringComparison.Ordinal);
        AssertRow("no  +tagged-2 .*has no tag v1 \\(it has v2\\)", some);
        Assert.Contains("No instance has the tag v3; there are v1, v2.", none.Output, StringComparison.Ordinal);
        AssertAdvice("Correct the tags in the target", none);
        AssertRow("no  +tagged-2 .*does not match the filter Service.ID == \"tagged-1\"", filtered);
        AssertRow("no  +tagged-2 .*is registered with tag v2, and nottag=v2 was asked for", selected);
        Assert.Contains("Of 2 instances that can be called none meets version=^2: 2 without version.", unselected.Output, StringComparison.Ordinal);
        AssertRow("no  +tagged-1 .*is registered without version, and version=\\^2 was asked for", unselected);
        AssertAdvice("Correct the conditions in the target, which callers select by", unselected);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task NothingListens_IsExitCode1_AndAMissingCheckIsNamed(bool real)
    {
        var address = await agents.GetAsync(real);
        await RegisterAsync(address, new ServiceRegistration { Name = "dead", Id = "dead-1", Port = FreePort.Next() });

        var result = await UntilAsync(address, 1, "dead", "dead-1");
        var untried = await CliRun.RunAsync(address, "explain", "dead", "--no-connect");

        Assert.StartsWith("'dead' resolves to the only registered instance, but it does not accept connections from here.\n", result.Output, StringComparison.Ordinal);
        AssertRow("yes  +dead-1 .*does not accept connections from here: connection refused", result);
        AssertAdvice("dead-1: It has no check of its own", result);
        Assert.Equal(0, untried.ExitCode);
        Assert.StartsWith("'dead' resolves to the only registered instance.\n", untried.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task WrongAddresses_AreNamed(bool real)
    {
        var address = await agents.GetAsync(real);
        using var client = await RegisterAsync(address, new ServiceRegistration { Name = "lost", Id = "lost-port" });
        await Elsewhere("lost-loop", "far", "10.255.0.1", "127.0.0.1");

        // Neither agent takes this one as the address of a service, but as that of a node.
        await Elsewhere("lost-any", "anywhere", "0.0.0.0", "");
        await Elsewhere("lost-url", "far", "10.255.0.1", "http://10.0.0.1");

        var result = await UntilAsync(address, 3, "lost", "lost-port");

        AssertRow("no  +lost-port .*is registered with port 0, so nobody can call it", result);
        AssertRow("no  +lost-url .*is registered as 'http://10.0.0.1', which is neither a name nor an address, so nobody can call it", result);
        AssertRow("yes  +lost-loop .*is registered as 127.0.0.1, which only programs on far \\(10.255.0.1\\) can reach", result);
        AssertRow("yes  +lost-any .*is registered as 0.0.0.0, which for every caller is the caller's own machine", result);

        Task Elsewhere(string id, string node, string nodeAddress, string host) => client.Catalog.RegisterAsync(new CatalogRegistration
        {
            Node = node,
            Address = nodeAddress,
            Service = new NodeService { Service = "lost", Id = id, Address = host, Port = address.Port },
        });
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task SameAddressTwice_IsAFault(bool real)
    {
        var address = await agents.GetAsync(real);
        await RegisterAsync(address, Live(address, "twin", "twin-1"), Live(address, "twin", "twin-2"));

        var result = await UntilAsync(address, 3, "twin");

        AssertRow("yes  +twin-1 .*has the same address as twin-2", result);
        AssertAdvice("twin-1, twin-2: One server is registered more than once", result);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task SameIdAndAddressOnAnotherNode_IsAFault(bool real)
    {
        var address = await agents.GetAsync(real);
        using var client = await RegisterAsync(address, Live(address, "moved", "moved-1"));
        await client.Catalog.RegisterAsync(new CatalogRegistration
        {
            Node = "old-node",
            Address = "127.0.0.9",
            Service = new NodeService { Service = "moved", Id = "moved-1", Address = "127.0.0.1", Port = address.Port },
        });

        var result = await UntilAsync(address, 3, "moved", "both");

        AssertRow("yes  +moved-1 .*is registered with the same id and address on node old-node as well", result);
        AssertAdvice("moved-1: One server is registered with more than one agent", result);
        Assert.Contains("rollcall deregister moved-1 -http-addr AGENT", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stuck", "rpc error: code = DeadlineExceeded desc = context deadline exceeded")]
    [InlineData("mute", "Get \"http://10.0.0.1/healthz\": net/http: request canceled (Client.Timeout exceeded while awaiting headers)")]
    public async Task CheckThatWaitsInVain_IsOneOfAServerThatHangs(string name, string output)
    {
        var address = await agents.GetAsync(false);
        using var client = await RegisterAsync(address, Live(address, name, name) with { Check = s_passing });
        await client.Agent.FailAsync($"service:{name}", output);

        var result = await UntilAsync(address, 1, name, output[..8]);

        AssertAdvice($"{name}: It accepts connections and does not answer its check in time: it hangs", result);
    }

    [Theory]
    [InlineData("No known Consul servers")]
    [InlineData("rpc error getting client: failed to get conn: dial tcp 10.0.0.1:8300: connect: connection refused")]
    public async Task AgentThatReachesNoServer_IsToldFromOneThatIsDown(string said)
    {
        await using var peer = await LoopbackPeer.StartAsync(500, said);

        var result = await CliRun.RunAsync(peer.Address, "explain", "web");

        Assert.Equal(1, result.ExitCode);
        AssertAdvice("The agent answers, and can't look it up: most often it reaches no server of its cluster (port 8300).", result);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task MaintenanceAndLostNodes_AreTold(bool real)
    {
        var address = await agents.GetAsync(real);
        using var client = await RegisterAsync(address, Live(address, "away", "away-1"));
        await client.Agent.SetServiceMaintenanceAsync("away-1", true, "moving house");
        await client.Catalog.RegisterAsync(new CatalogRegistration
        {
            Node = "crashed",
            Address = "127.0.0.1",
            Service = new NodeService { Service = "away", Id = "away-2", Port = FreePort.Next() },
            Check = new HealthCheck { Node = "crashed", CheckId = "serfHealth", Name = "Serf Health Status", Status = CheckStatus.Critical },
        });

        var result = await UntilAsync(address, 1, "away", "moving house");

        Assert.Contains("(1 because its node is lost, 1 in maintenance)", result.Output, StringComparison.Ordinal);
        AssertRow("no  +away-1 .*is in maintenance: moving house", result);
        AssertAdvice("away-1: Somebody took it out on purpose. When the work is done, on its node: consul maint -disable -service=away-1, or curl -X PUT 'http://127.0.0.1:8500/v1/agent/service/maintenance/away-1?enable=false'\n", result);
        AssertRow("no  +away-2 .*the agent of its node crashed is gone from the cluster", result);
        AssertAdvice("away-2: Start the agent of crashed again", result);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task UnknownName_IsExitCode1_AndTheNearestIsNamed(bool real)
    {
        var address = await agents.GetAsync(real);
        await RegisterAsync(address, Live(address, "payments", "payments-1"));

        var result = await UntilAsync(address, 1, "paymens", "Did you mean 'payments'?");

        Assert.StartsWith("'paymens' resolves to nothing: no instance is registered under this name.\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [RequiresConsulInlineData(true)]
    public async Task Json_HasEverythingAnd_TheSameExitCode(bool real)
    {
        var address = await agents.GetAsync(real);
        using var client = await RegisterAsync(address, Live(address, "machine", "machine-1") with { Check = s_passing });
        await client.Agent.FailAsync("service:machine-1", "no");
        await UntilAsync(address, 1, "machine");

        var result = await CliRun.RunAsync(address, "explain", $"consul://127.0.0.1:{address.Port}/machine?tag=v1", "--json");

        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        using var document = JsonDocument.Parse(result.Output);
        var root = document.RootElement;
        Assert.Equal("machine", root.GetProperty("service").GetString());
        Assert.Equal("none", root.GetProperty("outcome").GetString());
        Assert.Equal((1, 0), (root.GetProperty("registered").GetInt32(), root.GetProperty("called").GetInt32()));
        Assert.Equal("tag", Assert.Single(root.GetProperty("findings").EnumerateArray()).GetProperty("code").GetString());
        var instance = Assert.Single(root.GetProperty("instances").EnumerateArray());
        Assert.Equal(("machine-1", "critical"), (instance.GetProperty("id").GetString(), instance.GetProperty("status").GetString()));
        Assert.Equal((false, true), (instance.GetProperty("called").GetBoolean(), instance.GetProperty("reachable").GetBoolean()));
        Assert.Equal(
            [("check", true), ("tag", false)],
            instance.GetProperty("findings").EnumerateArray().Select(static f => (f.GetProperty("code").GetString()!, f.GetProperty("fault").GetBoolean())));
    }

    [Fact]
    public async Task NoAgent_IsExitCode1()
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));

        var result = await CliRun.RunAsync(address, "explain", "demo");

        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        Assert.StartsWith($"'demo' can't be looked up: consul at http://{address.Authority} does not answer.\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("Start one with `rollcall agent -dev`", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongTarget_IsExitCode2()
    {
        var result = await CliRun.RunAsync(await agents.GetAsync(real: false), "explain", "demo?tagg=v1");

        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains("the parameter 'tagg' is not known", result.Error, StringComparison.Ordinal);
    }

    [RequiresConsulFact]
    public async Task AccessRules_ThatHideTheService_AreSuspected_AndAnUnknownTokenIsRefused()
    {
        const string Token = "b1b1b1b0-0000-0000-0000-000000000000";
        await using var consul = await RealConsul.StartAsync(new RealConsulOptions
        {
            Token = Token,
            ExtraArguments = { "-hcl", $$"""acl { enabled = true default_policy = "deny" tokens { master = "{{Token}}" agent = "{{Token}}" } }""" },
        });
        using var client = new ConsulClient(new ConsulClientOptions { Address = consul.Address, Token = Token });
        await client.Agent.RegisterAsync(Live(consul.Address, "secret", "secret-1"));

        var anonymous = await CliRun.RunAsync(consul.Address, "explain", "secret");
        var unknown = await ExplainAsync("b1b1b1b0-0000-0000-0000-000000000001");
        var allowed = await ExplainAsync(Token);

        Assert.Equal(1, anonymous.ExitCode);
        Assert.StartsWith("'secret' resolves to nothing: no instance is registered under this name, or none that may be seen.\n", anonymous.Output, StringComparison.Ordinal);
        AssertAdvice("No token was given. Put a token with service:read on secret and node:read on its nodes into CONSUL_HTTP_TOKEN (or --token-file).", anonymous);
        Assert.Equal(1, unknown.ExitCode);
        Assert.StartsWith("'secret' can't be looked up: access was refused.\n", unknown.Output, StringComparison.Ordinal);
        AssertAdvice("The agent knows no such token, or it has expired: put another one into CONSUL_HTTP_TOKEN.", unknown);
        Assert.DoesNotContain("b1b1b1b0", unknown.Output, StringComparison.Ordinal);
        Assert.Equal(0, allowed.ExitCode);

        Task<CliResult> ExplainAsync(string token) => CliRun.RunAsync(
            new Dictionary<string, string>(CliRun.Environment(consul.Address)) { ["CONSUL_HTTP_TOKEN"] = token }, "", "explain", "secret");
    }

    [RequiresConsulFact]
    public async Task NoLeader_IsExitCode1_AndSaysSo()
    {
        await using var consul = await RealConsul.StartAsync(new RealConsulOptions
        {
            Persistent = true,
            NeedsLeader = false,
            ExtraArguments = { "-bootstrap-expect=2", "-hcl", """performance { rpc_hold_timeout = "200ms" }""" },
        });

        var result = await CliRun.RunAsync(consul.Address, "explain", "demo");

        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        Assert.StartsWith("'demo' can't be looked up: the cluster has no leader.\n", result.Output, StringComparison.Ordinal);
        AssertAdvice("Bring back the servers that are missing", result);
    }

    /// <summary>An instance at an address where somebody listens: the agent itself.</summary>
    private static ServiceRegistration Live(Uri agent, string name, string id) =>
        new() { Name = name, Id = id, Address = "127.0.0.1", Port = agent.Port };

    private static async Task<ConsulClient> RegisterAsync(Uri address, params ServiceRegistration[] services)
    {
        var client = AgentFixture.CreateClient(address);
        foreach (var service in services)
        {
            await client.Agent.RegisterAsync(service);
        }

        return client;
    }

    /// <summary>What is registered takes a moment to be in the catalog.</summary>
    private static async Task<CliResult> UntilAsync(Uri address, int exitCode, string name, string words = "")
    {
        CliResult? result = null;
        await Eventually.PassesAsync(async () =>
        {
            result = await CliRun.RunAsync(address, "explain", name);
            Assert.Contains(words, result.Output, StringComparison.Ordinal);
            Assert.Equal((exitCode, ""), (result.ExitCode, result.Error));
        });
        return result!;
    }

    private static void AssertRow(string pattern, CliResult result) => Assert.Matches($"(?m)^{pattern}", result.Output);

    private static void AssertAdvice(string beginning, CliResult result) => Assert.Contains($"\n- {beginning}", result.Output, StringComparison.Ordinal);

    [Fact]
    public async Task ProxyThatAsksForAPassword_IsNotTakenForAccessRules()
    {
        await using var peer = await LoopbackPeer.StartAsync(static context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = "Basic";
            return Task.CompletedTask;
        });

        var result = await CliRun.RunAsync(peer.Address, "explain", "web");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("CONSUL_HTTP_AUTH", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("token", result.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task DnsTarget_IsRefusedWithWhatDoes()
    {
        var result = await CliRun.RunAsync(await agents.GetAsync(real: false), "explain", "dns:///demo.example.org:5001");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("'dns:///demo.example.org:5001' is found by DNS", result.Error, StringComparison.Ordinal);
        Assert.Contains("rollcall describe 'dns:///demo.example.org:5001'", result.Error, StringComparison.Ordinal);
    }
}
