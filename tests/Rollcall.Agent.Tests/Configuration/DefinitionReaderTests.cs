using Rollcall.Agent.Configuration;

namespace Rollcall.Agent.Tests.Configuration;

/// <summary>Services and checks of configuration files. Each is what Consul 1.8.7 makes of it.</summary>
public sealed class DefinitionReaderTests
{
    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("weights {}", 1, 1)]
    [InlineData("weights { passing = 3 }", 3, 1)]
    [InlineData("weights { warning = 3 }", 1, 3)]
    [InlineData("weights { Passing = 2.7 WARNING = 0.9 }", 2, 0)]
    public void Weights_AreOneEach_WhereTheFileDoesNotSay(string weights, int passing, int warning)
    {
        var service = Assert.Single(Read($"service {{ name = \"s\" {weights} }}").Services).Service;
        Assert.Equal((passing, warning), (service.Weights!.Passing, service.Weights.Warning));
    }

    [Theory]
    [InlineData("weights { passing = 0 }", "service: Invalid Weights: Passing must be greater than 0")]
    [InlineData("weights { passing = \"3\" }", "'service.weights.passing' expected type 'int', got unconvertible type 'string'")]
    [InlineData("weights { bogus = 3 }", "invalid config key service.weights.bogus")]
    public void WeightsThatAreNone_AreRefused(string weights, string message) => AssertRefused($"service {{ name = \"s\" {weights} }}", message);

    [Fact]
    public void TokenOfAServicesCheck_IsTaken()
    {
        var check = Assert.Single(Assert.Single(Read("""service { name = "s" check { id = "c" ttl = "30s" token = "x" } }""").Services).Checks);
        Assert.Equal(("c", "30s"), (check.Check.CheckId, check.Definition!.Ttl));
        AssertRefused("""service { name = "s" check { id = "c" ttl = "30s" token = 5 } }""", "'service.check.token' expected type 'string', got unconvertible type 'int'");
    }

    [Theory]
    [InlineData("""id = "c" """, "c", "")]
    [InlineData("""id = "c" name = "" """, "c", "")]
    [InlineData("""name = "n" """, "n", "n")]
    [InlineData("""id = "c" name = "n" """, "c", "n")]
    public void CheckOfItsOwn_HasAnIdOrAName(string fields, string id, string name)
    {
        var check = Assert.Single(Read($"check {{ {fields} ttl = \"1m\" }}").Checks).Check;
        Assert.Equal((id, name), (check.CheckId, check.Name));
    }

    [Theory]
    [InlineData("""check { ttl = "1m" }""", "check: CheckID missing: give it an id or a name")]
    [InlineData("""check { id = "c" }""", "check: Invalid check: TTL must be > 0 for TTL checks")]
    [InlineData("""check { id = "c" ttl = "1m" status = "good" }""", "check: Bad check status")]
    [InlineData("""check { id = "c" args = ["true"] interval = "1m" }""", "check: Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true")]
    [InlineData("""service { name = "s" check {} }""", "service: Invalid check: TTL must be > 0 for TTL checks")]
    [InlineData("""service { name = "s" check { ttl = "0s" } }""", "service: Invalid check: TTL must be > 0 for TTL checks")]
    [InlineData("""service { name = "s" checks = [{}] }""", "service: Invalid check: TTL must be > 0 for TTL checks")]
    [InlineData("""checks = [{ id = "_node_maintenance" name = "x" ttl = "10h" service_id = "web1" }]""", "checks[0]: Invalid check: CheckID \"_node_maintenance\" is reserved for maintenance: give the check another ID")]
    [InlineData("""check { name = "_service_maintenance:web2" ttl = "10h" service_id = "web1" }""", "check: Invalid check: CheckID \"_service_maintenance:web2\" is reserved for maintenance: give the check another ID")]
    [InlineData("""service { name = "web" check { id = "_node_maintenance" ttl = "10h" } }""", "service: Invalid check: CheckID \"_node_maintenance\" is reserved for maintenance: give the check another ID")]
    public void CheckThatARegistrationMayNotBe_IsRefused(string hcl, string message) => AssertRefused(hcl, message);

    [Fact]
    public void CheckOfAService_IsTheLastOfItsChecks()
    {
        var service = Assert.Single(Read("""service { name = "s" check { ttl = "1s" } checks = [{ ttl = "2s" }, { ttl = "3s" }] }""").Services);
        Assert.Equal(["service:s:1 2s", "service:s:2 3s", "service:s:3 1s"], service.Checks.Select(static check => $"{check.Check.CheckId} {check.Definition!.Ttl}"));
    }

    [Theory]
    [InlineData("8.08e3", 8080)]
    [InlineData("8.9", 8)]
    [InlineData("80e-1", 8)]
    [InlineData("0.5", 0)]
    public void NumbersAreWhole_WithTheirExponent(string number, int value)
    {
        var definitions = Read($$$"""
            {"service":{"name":"s","port":{{{number}}},"tagged_addresses":{"lan":{"address":"10.0.0.1","port":{{{number}}} } } },
             "check":{"name":"n","ttl":"1m","output_max_size":{{{number}}},"success_before_passing":{{{number}}},"failures_before_critical":{{{number}}} } }
            """);
        var (service, check) = (Assert.Single(definitions.Services).Service, Assert.Single(definitions.Checks).Definition!);
        Assert.Equal((value, value), (service.Port, service.TaggedAddresses!["lan"].Port));
        Assert.Equal((value, value, value), (check.OutputMaxSize ?? 0, check.SuccessBeforePassing ?? 0, check.FailuresBeforeCritical ?? 0));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("[::]")]
    public void AddressThatNobodyCanReach_IsRefused(string address) =>
        AssertRefused($"service {{ name = \"s\" address = \"{address}\" }}", $"service: Invalid service address: \"{address}\" is where a program listens: set where others reach it, or leave it out for the node's");

    [Fact]
    public void NamesOfTheApi_AreTakenWhereConsulTakesThem()
    {
        var check = Assert.Single(Read("""
            service { name = "web" }
            check { name = "c" ServiceID = "web" HTTP = "http://127.0.0.1:1/" interval = "1h" tlsskipverify = true DeregisterCriticalServiceAfter = "90m" }
            """).Checks);
        Assert.Equal(("web", true, "1h30m0s"), (check.Check.ServiceId, check.Definition!.TlsSkipVerify, check.Definition.DeregisterCriticalServiceAfter));
        check = Assert.Single(Read("""enable_local_script_checks = true check { name = "c" ScriptArgs = ["a"] interval = "1h" }""").Checks);
        Assert.Equal(["a"], check.Definition!.ScriptArgs);
    }

    [Theory]
    [InlineData("EnableTagOverride = true", "service.EnableTagOverride")]
    [InlineData("taggedaddresses {}", "service.taggedaddresses")]
    [InlineData("check { SuccessBeforePassing = 1 ttl = \"1h\" }", "service.check.SuccessBeforePassing")]
    [InlineData("check { grpcusetls = true ttl = \"1h\" }", "service.check.grpcusetls")]
    [InlineData("check { Service_ID = \"a\" ServiceID = \"b\" ttl = \"1h\" }", "service.check.Service_ID")]
    [InlineData("check { TTL = \"2h\" ttl = \"1h\" }", "service.check.TTL")]
    [InlineData("check { ttl = \"1h\" TTL = \"2h\" }", "service.check.TTL")]
    [InlineData("connect { SidecarService {} }", "service.connect.SidecarService")]
    [InlineData("proxy { upstreams = [{ DestinationName = \"a\" }] }", "service.proxy.upstreams[0].DestinationName")]
    [InlineData("proxy { expose { paths = [{ LocalPathPort = 1 }] } }", "service.proxy.expose.paths[0].LocalPathPort")]
    [InlineData("tagged_addresses { lan { address = \"10.0.0.1\" bogus = 1 } }", "service.tagged_addresses[lan].bogus")]
    public void NameThatConsulDoesNotKnow_IsRefused(string hcl, string name) => AssertRefused($"service {{ name = \"web\" {hcl} }}", $"* invalid config key {name}\n");

    [Theory]
    [InlineData("proxy { mesh_gateway { mode = \"x\" } }", "x")]
    [InlineData("proxy { mesh_gateway { mode = \"LOCAL\" } }", "LOCAL")]
    [InlineData("connect { sidecar_service { proxy { mesh_gateway { mode = \"default\" } } } }", "default")]
    [InlineData("proxy { upstreams = [{ destination_name = \"a\" mesh_gateway { mode = \"x\" } }] }", "x")]
    public void ModeOfAMeshGatewayThatIsNone_IsRefused(string hcl, string mode) => AssertRefused($"service {{ name = \"web\" {hcl} }}", $"* Invalid Mesh Gateway Mode: \"{mode}\"\n");

    [Theory]
    [InlineData("")]
    [InlineData("none")]
    [InlineData("local")]
    [InlineData("remote")]
    public void ModeOfAMeshGateway_IsTaken(string mode) =>
        Assert.Single(Read($"service {{ name = \"web\" connect {{ sidecar_service {{ proxy {{ mesh_gateway {{ mode = \"{mode}\" }} }} }} }} }}").Services);

    [Fact]
    public void PortOfAllThatIsExposed_IsTaken_AndIsNothing()
    {
        var service = Assert.Single(Read("""service { name = "web" kind = "connect-proxy" port = 1 proxy { destination_service_name = "a" expose { port = 5 checks = true } } }""").Services).Service;
        Assert.True(service.Proxy!.Expose!.Checks);
        AssertRefused("""service { name = "web" proxy { expose { port = "x" } } }""", "'service.proxy.expose.port' expected type 'int', got unconvertible type 'string'");
    }

    private static void AssertRefused(string hcl, string message) =>
        Assert.Contains(message, Assert.Throws<ConsulAgentException>(() => Read(hcl)).Message, StringComparison.Ordinal);

    private static AgentDefinitions Read(string text)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", text);
        return configuration.ToOptions().Definitions;
    }
}
