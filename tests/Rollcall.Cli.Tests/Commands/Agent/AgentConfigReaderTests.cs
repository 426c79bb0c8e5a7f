using Rollcall.Cli.Commands.Agent;

namespace Rollcall.Cli.Tests.Commands.Agent;

public sealed class AgentConfigReaderTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    [Fact]
    public void EveryKnownField_IsRead()
    {
        var config = Read("""
            {
              "node_name": "n1", "datacenter": "dc9", "bind_addr": "127.0.0.1", "client_addr": "127.0.0.2", "ports": { "http": 9500 }, "log_level": "warn",
              "service": { "name": "one" },
              "services": [
                {
                  "id": "two-1", "name": "two", "tags": ["a"], "address": "10.0.0.1", "port": 80, "meta": { "k": "v" }, "enable_tag_override": true,
                  "check": { "http": "http://x/", "header": { "a": ["b"] }, "method": "HEAD", "interval": "1s", "tls_skip_verify": true },
                  "checks": [{ "grpc": "x:1", "grpc_use_tls": true, "interval": "2s", "deregister_critical_service_after": "1m" }]
                }
              ],
              "checks": [{ "id": "c1", "name": "c", "ttl": "5s", "service_id": "two-1", "status": "passing" }]
            }
            """);
        Assert.Equal(("n1", "dc9", "127.0.0.1", "127.0.0.2", 9500, "warn"),
            (config.NodeName, config.Datacenter, config.BindAddr, config.ClientAddr, config.Ports!.Http, config.LogLevel));
        Assert.Equal(["one", "two"], config.AllServices.Select(static service => service.Name));
        var two = config.AllServices[1].ToRegistration();
        Assert.Equal(("two-1", "10.0.0.1", 80, true), (two.Id, two.Address, two.Port, two.EnableTagOverride));
        Assert.Equal(("http://x/", "HEAD", true), (two.Check!.Http, two.Check.Method, two.Check.TlsSkipVerify));
        Assert.Equal(("x:1", true, "1m"), (two.Checks![0].Grpc, two.Checks[0].GrpcUseTls, two.Checks[0].DeregisterCriticalServiceAfter));
        var check = Assert.Single(config.AllChecks).ToDefinition();
        Assert.Equal(("c1", "c", "5s", "two-1", "passing"), (check.CheckId, check.Name, check.Ttl, check.ServiceId, check.Status));
    }

    [Theory]
    [InlineData("""{ "datacentre": "dc1" }""", "unknown field 'datacentre'. Known fields: bind_addr, check, checks, client_addr, data_dir, datacenter,")]
    [InlineData("""{ "ports": { "dns": 1 } }""", "unknown field 'ports.dns'. Known in 'ports': http.")]
    [InlineData("""{ "services": [{ "name": "a" }, { "name": "b", "prot": 1 }] }""", "unknown field 'services[1].prot'")]
    [InlineData("""{ "service": { "name": "a", "checks": [{ "tll": "1s" }] } }""", "unknown field 'service.checks[0].tll'")]
    [InlineData("""{ "service": { "port": 1 } }""", "has no name")]
    [InlineData("""{ "services": [null] }""", "'services[0]' is null")]
    [InlineData("""{ "ports": { "http": "many" } }""", "line 1: the value of 'ports.http' has the wrong type or form")]
    [InlineData("{\n \"node_name\": 5 }", "line 2: the value of 'node_name' has the wrong type or form")]
    [InlineData("{ \"node_name\": ", "line 1")]
    [InlineData("node_name = \"x\"", "this is not a JSON object")]
    [InlineData("null", "must hold a JSON object")]
    [InlineData("", "this is not a JSON object")]
    public void Fault_IsNamed(string json, string message)
    {
        var failure = Assert.Throws<CommandFailure>(() => Read(json));
        Assert.Contains(_path, failure.Message, StringComparison.Ordinal);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFile_IsNamed()
    {
        var failure = Assert.Throws<CommandFailure>(() => AgentConfigReader.Read("/no/such/file.json"));
        Assert.Contains("--config-file /no/such/file.json cannot be read", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(_path);

    private AgentConfigFile Read(string json)
    {
        File.WriteAllText(_path, json);
        return AgentConfigReader.Read(_path);
    }
}
