using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rollcall.Agent;
using Rollcall.Conformance.Tests.Dns;
using Rollcall.Dns;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Configuration;

/// <summary>The same configuration file for both agents.</summary>
public partial class ConfigFileTests
{
    private const string Hcl = """
        node_id = "adf4238a-882b-9ddc-4a9d-5b6758e4159e"
        node_meta { rack = "r1" }
        service {
          name = "web" id = "web1" port = 80 tags = ["a", "b"] address = "10.0.0.1"
          meta { k = "v" } weights { passing = 3 warning = 2 } enable_tag_override = true
          check { id = "c1" ttl = "1h" status = "passing" notes = "n" }
        }
        services = [{ name = "s2" tagged_addresses { lan { address = "10.0.0.2" port = 81 } } }, { name = "s3" checks = [{ ttl = "1h" }, { tcp = "127.0.0.1:1" interval = "1h" }] }]
        check { name = "disk" ttl = "10m" status = "passing" }
        checks = [{ id = "of web" name = "x" service_id = "web1" ttl = "1h" deregister_critical_service_after = "90m" }]
        config_entries {
          bootstrap { kind = "proxy-defaults" name = "other" config { protocol = "http" local { a = 1 } } mesh_gateway { mode = "local" } }
          bootstrap { kind = "service-defaults" name = "web" protocol = "grpc" }
          bootstrap { kind = "service-defaults" name = "web" protocol = "http" }
          bootstrap { kind = "service-router" name = "s2" routes { match { http { path_prefix = "/a" } } destination { service = "s3" } } }
          bootstrap { Kind = "ingress-gateway" Name = "in" Listeners { Port = 8080 Protocol = "http" Services { Name = "s2" } Services { Name = "s3" } } }
        }
        """;

    private static readonly string[] s_paths =
        ["agent/services", "agent/checks", "catalog/services", "catalog/node/node1", "health/node/node1", "health/service/web", "config/proxy-defaults", "config/service-defaults", "config/service-router",
        "config/ingress-gateway"];

    [RequiresConsulFact]
    public async Task Definitions_AreAnsweredForAsByConsul()
    {
        await using var agents = await BothAsync(Hcl);
        await Eventually.TrueAsync(async () => (await agents.Consul.GetAsync("/v1/health/service/web")).Text.Contains("of web", StringComparison.Ordinal)
            && (await agents.Consul.GetAsync("/v1/health/node/node1")).Text is var checks && checks.Contains("service:s3:2", StringComparison.Ordinal) && checks.Contains("disk", StringComparison.Ordinal)
            && (await agents.Consul.GetAsync("/v1/catalog/services")).Text.Contains("\"s2\"", StringComparison.Ordinal));

        foreach (var path in s_paths)
        {
            var expected = await agents.Consul.GetAsync($"/v1/{path}");
            var answer = await agents.Embedded.GetAsync($"/v1/{path}");
            Assert.Equal($"{path} {Normal(expected.Json)?.ToJsonString()}", $"{path} {Normal(answer.Json)?.ToJsonString()}");
        }
    }

    /// <summary>Where files have rules of their own.</summary>
    [RequiresConsulFact]
    public async Task DefinitionsByTheRulesOfFiles_AreThoseOfConsul()
    {
        await using var agents = await BothAsync("""
            services = [
              { name = "w1" weights {} }, { name = "w2" weights { passing = 3 } }, { name = "w3" weights { warning = 3 } }, { name = "w4" weights { passing = 2.7 warning = 0.9 } },
              { name = "p1" port = 8.08e3 tagged_addresses { lan { address = "10.0.0.1" port = 8.9 } } }, { name = "p2" port = 010 }, { name = "p3" port = 0x1F }, { name = "p4" port = 010.5 },
              { name = "c1" check { id = "c1" ttl = "1h" token = "x" } }, { name = "c2" check { ttl = "1h" notes = "own" } checks = [{ ttl = "1h" notes = "first" }, { ttl = "1h" }] },
            ]
            checks = [
              { id = "b1" ttl = "1h" service_id = "w1" ServiceID = "w2" }, { id = "b2" ttl = "1h" ServiceID = "w2" service_id = "w1" }, { id = "b3" status = "passing" ttl = "1h" service_id = "" serviceid = "w2" },
              { id = "id alone" status = "passing" ttl = "1h" notes = "\101\xc3\xa9\303\251\xe9" }, { name = "name alone" status = "passing" ttl = "1h" },
              { id = "h1" status = "passing" ttl = "1h" notes = <<-EOF
                a
                  b
              EOF
              },
              { id = "h2" status = "passing" ttl = "1h" notes = <<-EOF
                a

              EOF
              },
              { id = "h3" status = "passing" ttl = "1h" notes = <<E_F
                a
                E_F
              },
            ]
            """);

        foreach (var path in (string[])["agent/services", "agent/checks"])
        {
            Assert.Equal(Normal((await agents.Consul.GetAsync($"/v1/{path}")).Json)!.ToJsonString(), Normal((await agents.Embedded.GetAsync($"/v1/{path}")).Json)!.ToJsonString());
        }
    }

    [RequiresConsulTheory]
    [InlineData("", "")]
    [InlineData("bootstrap = true", "1")]
    [InlineData("bootstrap_expect = 1", "1")]
    [InlineData("bootstrap = false bootstrap_expect = 1", "1")]
    [InlineData("bootstrap = false bootstrap_expect = 0", "")]
    public async Task WhetherItBeganACluster_IsToldAsByConsul(string hcl, string tag)
    {
        await using var agents = await BothAsync(hcl);
        foreach (var agent in (TestedAgent[])[agents.Consul, agents.Embedded])
        {
            var self = (await agent.GetAsync("/v1/agent/self")).Json!;
            var members = (await agent.GetAsync("/v1/agent/members?wan=1")).Json!;

            Assert.Equal((tag, tag), ((string?)self["Member"]!["Tags"]!["bootstrap"] ?? "", (string?)members[0]!["Tags"]!["bootstrap"] ?? ""));
            Assert.Equal((tag == "1", tag == "1" ? "true" : "false"), ((bool)self["DebugConfig"]!["Bootstrap"]!, (string)self["Stats"]!["consul"]!["bootstrap"]!));
        }
    }

    // Names of other services in the mesh end in it.
    [RequiresConsulFact]
    public async Task TrustDomain_IsThatOfTheConfiguration()
    {
        await using var agents = await BothAsync("""connect { enabled = true ca_config { cluster_id = "11111111-2222-3333-4444-5555555555FF" } }""");
        foreach (var agent in (TestedAgent[])[agents.Consul, agents.Embedded])
        {
            // Consul makes it some moments after it leads.
            await Eventually.TrueAsync(async () => (await agent.GetAsync("/v1/discovery-chain/web")).Text
                .Contains("\"web.default.dc1.internal.11111111-2222-3333-4444-5555555555ff.consul\"", StringComparison.Ordinal));
        }
    }

    /// <summary>Of what Consul shows of its configuration, the agent shows what is true of it, in Consul's form and order.</summary>
    [RequiresConsulTheory]
    [InlineData("")]
    [InlineData("""
        advertise_addr = "10.0.0.7" advertise_addr_wan = "10.0.0.8" default_query_time = "90s" enable_script_checks = true check_output_max_size = 100 node_meta { rack = "r1" }
        recursors = ["127.0.0.9"] dns_config { node_ttl = "5s" a_record_limit = 3 only_passing = true } domain = "foo." alt_domain = "bar." disable_http_unprintable_char_filter = true
        http_config { allow_write_http_from = ["127.0.0.0/8"] block_endpoints = ["/v1/agent/leave"] } limits { kv_max_value_size = 1000 } session_ttl_min = "20s" tls_min_version = "tls12"
        ports { sidecar_min_port = 22000 sidecar_max_port = 22010 }
        """)]
    public async Task OwnConfiguration_IsShownAsByConsul(string hcl)
    {
        // A server's is another than that of an agent for development.
        string[] other = ["ConnectEnabled", "EnableDebug", "EnableUI", "HTTPMaxConnsPerClient", "NodeID", .. hcl.Length > 0 ? [] : (string[])["SessionTTLMin"]];
        await using var agents = await BothAsync(hcl);
        var consul = (await agents.Consul.GetAsync("/v1/agent/self")).Json!.AsObject();
        var embedded = (await agents.Embedded.GetAsync("/v1/agent/self")).Json!.AsObject();
        static string Comparable(JsonNode? value) => Ports().Replace(value!.ToJsonString(), ":port");

        // Where it listens for proxies.
        _ = consul.Remove("xDS");
        Assert.Equal(consul.Select(static part => part.Key), embedded.Select(static part => part.Key));
        Assert.Equal(consul["Coord"]!.ToJsonString(), embedded["Coord"]!.ToJsonString());
        var (expected, shown) = (consul["DebugConfig"]!.AsObject(), embedded["DebugConfig"]!.AsObject());
        Assert.Equal(expected.Select(static field => field.Key).Where(shown.ContainsKey), shown.Select(static field => field.Key));
        foreach (var (name, value) in shown.Where(field => !other.Contains(field.Key) && (!field.Key.Contains("Port", StringComparison.Ordinal) || field.Key is "GRPCPort" or "ConnectSidecarMinPort" or "ConnectSidecarMaxPort")))
        {
            Assert.Equal($"{name} {(name == "GRPCPort" ? "-1" : name == "GRPCAddrs" ? "[]" : Comparable(expected[name]))}", $"{name} {Comparable(value)}");
        }

        Assert.All(["SerfAdvertiseAddrLAN", "SerfBindAddrWAN", "RPCAdvertiseAddr", "ClientAddrs", "ConnectEnabled", "ConnectSidecarMinPort", "ConnectSidecarMaxPort", "ServerMode", "DataDir", "Bootstrap"], name => Assert.NotNull(shown[name]));
    }

    /// <summary>A check of the agent's own address, by HTTP, is well.</summary>
    [RequiresConsulFact]
    public async Task RootWithoutAUi_IsAnsweredAsByConsul()
    {
        await using var agents = await BothAsync("ui = false");
        foreach (var method in (string[])["GET", "HEAD", "PUT"])
        {
            foreach (var path in (string[])["/", "/?a=b"])
            {
                var (expected, answer) = (await agents.Consul.SendAsync(method, path), await agents.Embedded.SendAsync(method, path));
                Assert.Equal((200, expected.Text, expected.Header("Content-Type"), expected.Header("Content-Length")), (answer.Status, answer.Text, answer.Header("Content-Type"), answer.Header("Content-Length")));
            }
        }

        foreach (var path in (string[])["/ui", "/ui/"])
        {
            Assert.Equal((await agents.Consul.GetAsync(path)).Status, (await agents.Embedded.GetAsync(path)).Status);
        }
    }

    [RequiresConsulFact]
    public async Task ServicesOfTheMesh_AreThoseOfConsul()
    {
        await using var agents = await BothAsync("""
            ports { sidecar_min_port = 21900 sidecar_max_port = 21910 }
            services { name = "web" id = "w1" port = 80 address = "127.0.0.2" tags = ["t"] meta { k = "v" } connect { sidecar_service {
              proxy {
                upstreams = [{ destination_name = "db" local_bind_port = 9191 config { a = 1 b { c = "x" } } }]
                config { envoy_x = "y" n = 5 } mesh_gateway { mode = "local" } expose { checks = true paths = [{ path = "/p" local_path_port = 1 listener_port = 2 }] }
              } } } }
            services { name = "pp" kind = "connect-proxy" port = 90 proxy {
              destination_service_name = "web" destination_service_id = "w1" local_service_address = "127.0.0.3" local_service_port = 80
              upstreams { destination_name = "a" local_bind_port = 5 destination_type = "prepared_query" datacenter = "dc2" local_bind_address = "127.0.0.9" mesh_gateway { mode = "none" } }
              upstreams { destination_name = "b" local_bind_port = 6 } expose { paths { path = "/" listener_port = 3 protocol = "http2" } } } }
            services { name = "nat" connect { native = true } }
            services { name = "gw" kind = "mesh-gateway" port = 9 }
            services { name = "own" port = 8 connect { sidecar_service { name = "other" port = 21950 check { id = "own1" ttl = "1h" status = "passing" } } } }
            services { name = "last" connect { sidecar_service {} } }
            """);

        Assert.Equal(Normal((await agents.Consul.GetAsync("/v1/agent/services")).Json)!.ToJsonString(), Normal((await agents.Embedded.GetAsync("/v1/agent/services")).Json)!.ToJsonString());
    }

    [RequiresConsulFact]
    public async Task JsonIsHcl_AsForConsul()
    {
        await using var agents = await BothAsync("""
            {"node_id":"adf4238a-882b-9ddc-4a9d-5b6758e4159e","node_meta":{"rack":"r1"},"services":[{"name":"x","port":8.08e3,"meta":{"k":"v"},"check":{"id":"c","ttl":"1h"}}]}
            """);

        foreach (var path in (string[])["agent/services", "agent/checks"])
        {
            Assert.Equal(Normal((await agents.Consul.GetAsync($"/v1/{path}")).Json)!.ToJsonString(), Normal((await agents.Embedded.GetAsync($"/v1/{path}")).Json)!.ToJsonString());
        }
    }

    // For transactions the limit of values counts where it is the larger one.
    [RequiresConsulFact]
    public async Task LimitOfValues_LetsTransactionsBeAsLarge()
    {
        await using var agents = await BothAsync("limits { kv_max_value_size = 1000000 }");
        var body = $$$"""[{"KV":{"Verb":"set","Key":"a","Value":"{{{Convert.ToBase64String(new byte[600_000])}}}"}}]""";

        Assert.Equal((await agents.Consul.SendAsync("PUT", "/v1/txn", body)).Status, (await agents.Embedded.SendAsync("PUT", "/v1/txn", body)).Status);
    }

    [RequiresConsulFact]
    public async Task ValueInALargeTransaction_IsHeldToTheLimitOfValues()
    {
        await using var agents = await BothAsync("limits { txn_max_req_len = 2000000 kv_max_value_size = 1000 }");
        var (fits, large) = (Convert.ToBase64String(new byte[1000]), Convert.ToBase64String(new byte[1001]));
        foreach (var body in (string[])[
            $$$"""[{"KV":{"Verb":"set","Key":"a","Value":"{{{fits}}}"}},{"KV":{"Verb":"set","Key":"b","Value":"{{{fits}}}"}}]""",
            $$$"""[{"KV":{"Verb":"set","Key":"c","Value":"{{{fits}}}"}},{"KV":{"Verb":"set","Key":"d","Value":"{{{large}}}"}}]""",
            $$$"""[{"KV":{"Verb":"get","Key":"a","Value":"{{{large}}}"}}]""",
            $$$"""[{"KV":{"Verb":"bogus","Key":"a","Value":"{{{large}}}"}}]""",
            """[{"KV":{"Verb":"get","Key":"c"}}]"""])
        {
            var expected = await agents.Consul.SendAsync("PUT", "/v1/txn", body);
            var answer = await agents.Embedded.SendAsync("PUT", "/v1/txn", body);

            // One of them indents its JSON.
            Assert.Equal((expected.Status, expected.Status == 413 ? expected.Text : ""), (answer.Status, answer.Status == 413 ? answer.Text : ""));
        }
    }

    [RequiresConsulFact]
    public async Task Settings_DoWhatTheyDoInConsul()
    {
        await using var agents = await BothAsync("""
            node_id = "adf4238a-882b-9ddc-4a9d-5b6758e4159e"
            default_query_time = "100ms" max_query_time = "200ms"
            advertise_addr_wan = "10.9.9.9" tagged_addresses { foo = "bar" lan = "10.1.1.1" wan_ipv4 = "10.8.8.8" }
            translate_wan_addrs = true disable_http_unprintable_char_filter = true
            """);
        await Eventually.TrueAsync(async () => (await agents.Consul.GetAsync("/v1/catalog/nodes")).Text.Contains("foo", StringComparison.Ordinal));

        Assert.Equal(
            Normal((await agents.Consul.GetAsync("/v1/catalog/nodes")).Json)!.ToJsonString(), Normal((await agents.Embedded.GetAsync("/v1/catalog/nodes")).Json)!.ToJsonString());
        foreach (var agent in (TestedAgent[])[agents.Consul, agents.Embedded])
        {
            Assert.Equal("true", (await agent.GetAsync("/v1/status/leader")).Header("X-Consul-Translate-Addresses"));
            Assert.Equal(404, (await agent.GetAsync("/v1/kv/%01")).Status);

            // Both end long before the client's own patience does.
            var index = (await agent.GetAsync("/v1/kv/none")).Index;
            Assert.Equal(404, (await agent.GetAsync($"/v1/kv/none?index={index + 1000}")).Status);
            Assert.Equal(404, (await agent.GetAsync($"/v1/kv/none?index={index + 1000}&wait=1h")).Status);
        }
    }

    // The machine's name stands in them where somebody else than the API gets them, which in one of both cases is Prometheus.
    [RequiresConsulTheory]
    [InlineData("metrics_prefix = \"shop\" prefix_filter = [\"-shop.runtime\", \"+shop.runtime.s\", \"+shop.runtime.total_gc\", \"-shop.runtime.total_gc_p\"]")]
    [InlineData("prometheus_retention_time = \"1h\" filter_default = false prefix_filter = [\"+consul.HOST.runtime.a\", \"-consul.HOST.runtime.a\", \"+consul.HOST.runtime.sys\", \"+consul.runtime\"]")]
    public async Task Measurements_AreCalledAsInConsul(string telemetry)
    {
        var host = System.Net.Dns.GetHostName();
        await using var agents = await BothAsync($"telemetry {{ {telemetry.Replace("HOST", host, StringComparison.Ordinal)} }}");
        string[] both = [".runtime.alloc_bytes", ".runtime.sys_bytes", ".runtime.total_gc_pause_ns", ".runtime.total_gc_runs"];
        async Task<string[]> NamesAsync(TestedAgent agent) =>
        [
            .. (await agent.GetAsync("/v1/agent/metrics")).Json!["Gauges"]!.AsArray().Select(static gauge => (string)gauge!["Name"]!)
                .Where(name => both.Any(end => name.EndsWith(end, StringComparison.Ordinal))),
        ];

        // Those of the first ten seconds may be without them, and are shown for ten seconds more.
        await Eventually.TrueAsync(async () => (await NamesAsync(agents.Consul)).Length > 0, TimeSpan.FromSeconds(30));

        Assert.Equal(await NamesAsync(agents.Consul), await NamesAsync(agents.Embedded));
    }

    [RequiresConsulTheory]
    [InlineData("""advertise_addr_ipv6 = "fd00:0::99" tagged_addresses { lan_ipv6 = "fd00::1" wan_ipv4 = "10.7.7.7" }""")]
    [InlineData("""advertise_addr_ipv4 = "10.1.1.1" advertise_addr_ipv6 = "fd00::99" advertise_addr_wan = "10.9.9.9" advertise_addr_wan_ipv4 = "10.8.8.8" """)]
    [InlineData("""advertise_addr = "::1" advertise_addr_ipv4 = "10.1.1.1" """)]
    [InlineData("""advertise_addr_ipv4 = "" advertise_addr_ipv6 = "" tagged_addresses { lan_ipv6 = "fd00::1" }""")]
    public async Task AddressesOfEitherFamily_AreTheNodesTaggedOnes_AndDnsTellsThem(string hcl)
    {
        await using var agents = await BothAsync($"""node_id = "adf4238a-882b-9ddc-4a9d-5b6758e4159e" {hcl}""");
        await Eventually.TrueAsync(async () => (await agents.Consul.GetAsync("/v1/catalog/nodes")).Text.Contains("consul-network-segment", StringComparison.Ordinal));

        Assert.Equal(
            Normal((await agents.Consul.GetAsync("/v1/catalog/nodes")).Json)!.ToJsonString(), Normal((await agents.Embedded.GetAsync("/v1/catalog/nodes")).Json)!.ToJsonString());
        foreach (var (name, type) in ((string, DnsType)[])[("node1.node.consul", DnsType.A), ("node1.node.consul", DnsType.Aaaa), ("node1.node.consul", DnsType.Any), ("consul", DnsType.Ns)])
        {
            Assert.Equal(DnsText.Of(await DnsProbe.AskAsync(agents.Consul.Dns, name, type)), DnsText.Of(await DnsProbe.AskAsync(agents.Embedded.Dns, name, type)));
        }
    }

    [RequiresConsulTheory]
    [InlineData("""dns_config { udp_answer_limit = 0 recursor_timeout = "0s" }""")]
    [InlineData("""dns_config { udp_answer_limit = 0 enable_truncate = true } recursors = ["", "localhost:1"]""")]
    public async Task SettingsOfDns_DoWhatTheyDoInConsul(string hcl)
    {
        await using var agents = await BothAsync($"""
            {hcl}
            service = {"{"} name = "web" port = 1 address = "10.0.0.1" {"}"}
            services = [{"{"} name = "host" port = 1 address = "web.service.consul" {"}"}]
            """);
        await Eventually.TrueAsync(async () => (await agents.Consul.GetAsync("/v1/catalog/services")).Text is var all && all.Contains("\"web\"", StringComparison.Ordinal) && all.Contains("\"host\"", StringComparison.Ordinal));
        foreach (var name in (string[])["web.service.consul", "host.service.consul", "node1.node.consul", "nope.service.consul", "www.example.invalid"])
        {
            foreach (var (type, size, tcp) in ((DnsType, ushort?, bool)[])[(DnsType.A, null, false), (DnsType.Srv, null, false), (DnsType.A, 512, false), (DnsType.A, 1232, false), (DnsType.Srv, null, true)])
            {
                Assert.Equal(
                    $"{name} {type} {size} {DnsText.Of(await DnsProbe.AskAsync(agents.Consul.Dns, name, type, size, tcp))}",
                    $"{name} {type} {size} {DnsText.Of(await DnsProbe.AskAsync(agents.Embedded.Dns, name, type, size, tcp))}");
            }
        }
    }

    /// <summary>Names of services in small letters, as DNS looks them up; of a prepared query, as it spells its service.</summary>
    [RequiresConsulTheory]
    [InlineData(""" "web" = "7s" "*" = "90s" """, 7, 90, 7)]
    [InlineData(""" "Web" = "8s" "*" = "90s" """, 90, 8, 90)]
    [InlineData(""" "WEB" = "8s" "W*" = "9s" "w*" = "10s" """, 10, 9, 10)]
    [InlineData(""" "web" = "7s" "Web" = "8s" """, 7, 8, 7)]
    [InlineData(""" "W*" = "33s" """, 0, 33, 0)]
    public async Task TimesToLive_GoByTheNameAsItIsLookedUp(string ttls, int service, int query, int queryInSmallLetters)
    {
        await using var agents = await BothAsync($$"""
            dns_config { service_ttl { {{ttls}} } }
            service { name = "Web" address = "10.0.0.1" }
            """);
        foreach (var agent in (TestedAgent[])[agents.Consul, agents.Embedded])
        {
            await Eventually.TrueAsync(async () => (await agent.GetAsync("/v1/catalog/services")).Text.Contains("\"Web\"", StringComparison.Ordinal));
            Assert.Equal(200, (await agent.SendAsync("POST", "/v1/query", """{"Name":"q","Service":{"Service":"Web"}}""")).Status);
            Assert.Equal(200, (await agent.SendAsync("POST", "/v1/query", """{"Name":"small","Service":{"Service":"web"}}""")).Status);
            foreach (var (name, ttl) in ((string, int)[])[
                ("web.service.consul", service), ("Web.service.consul", service), ("_WEB._tcp.service.consul", service), ("q.query.consul", query), ("Small.query.consul", queryInSmallLetters)])
            {
                Assert.Equal((name, (uint)ttl), (name, Assert.Single((await DnsProbe.AskAsync(agent.Dns, name, DnsType.A)).Answers).Ttl));
            }
        }
    }

    [Fact]
    public async Task ConfigEntryThatDoesNotFitTheOthers_IsRefusedAtTheStart()
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", """config_entries { bootstrap { kind = "service-splitter" name = "x" splits { weight = 100 } } }""");

        var fault = await Assert.ThrowsAsync<ConsulAgentException>(() => TestedAgent.StartEmbeddedAsync(configuration.ToOptions()));

        Assert.Contains("service-splitter \"x\"", fault.Message, StringComparison.Ordinal);
    }

    private static async Task<Pair> BothAsync(string hcl)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("rollcall-test-").FullName, "agent.hcl");
        await File.WriteAllTextAsync(file, hcl);
        var configuration = new AgentConfiguration();

        // As -dev says of the other.
        configuration.AddText("-dev", "server = true");
        configuration.AddFile(file);
        return new Pair(
            await TestedAgent.StartEmbeddedAsync(configuration.ToOptions()),
            await TestedAgent.StartConsulAsync(new RealConsulOptions { ExtraArguments = { $"-config-file={file}" } }),
            Path.GetDirectoryName(file)!);
    }

    // Indexes, ports of the test and what a probe that has or has not run yet says are each agent's own, and Consul lists tags of a name in no order.
    private static JsonNode? Normal(JsonNode? value) => value switch
    {
        JsonArray array when array.All(static item => item is JsonValue) => new JsonArray([.. array.Select(static item => item!.GetValue<string>()).Order(StringComparer.Ordinal).Select(static item => JsonValue.Create(item))]),
        JsonArray array => new JsonArray([.. array.Select(Normal)]),
        JsonObject map => new JsonObject(map.Where(static pair => pair.Key != "consul").Select(static pair => KeyValuePair.Create(pair.Key, pair.Key switch
        {
            "CreateIndex" or "ModifyIndex" or "Output" => "#",
            _ => Normal(pair.Value),
        }))),
        _ => value?.DeepClone(),
    };

    [GeneratedRegex(":[0-9]+(?=\")")]
    private static partial Regex Ports();

    private sealed record Pair(TestedAgent Embedded, TestedAgent Consul, string Folder) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Embedded.DisposeAsync();
            await Consul.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
        }
    }
}
