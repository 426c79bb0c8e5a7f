using System.Text.Json.Nodes;

namespace Rollcall.Agent.Tests.Configuration;

public sealed class AgentConfigurationTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void LaterFiles_WinOverEarlier_AndListsAddUp()
    {
        Write("b.hcl", """node_name = "second"  ports { http = 2 }  node_meta { b = "2" c = "3" } service { name = "two" } check { name = "disk" ttl = "1h" }""");
        Write("a.json", """{"node_name":"first","datacenter":"DC7","ports":{"http":1,"server":9},"node_meta":{"a":"1","b":"1"},"services":[{"name":"one"}]}""");
        Write("c.txt", "not a configuration");
        Directory.CreateDirectory(Path.Combine(_directory.FullName, "d.json"));
        var configuration = new AgentConfiguration();

        configuration.AddDirectory(_directory.FullName);
        configuration.AddText("-hcl", "log_level = \"warn\" pid_file = \"x\"");
        var options = configuration.ToOptions();

        Assert.Equal(("second", "dc7", 2, 9), (options.NodeName, options.Datacenter, options.HttpPort, options.ServerPort));
        Assert.Equal(["a=1", "b=2", "c=3"], options.NodeMeta.Select(static pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(["one", "two"], options.Definitions.Services.Select(static service => service.Service.Service));
        Assert.Equal("disk", Assert.Single(options.Definitions.Checks).Check.CheckId);
        Assert.Equal(("warn", "x"), (configuration.LogLevel, configuration.PidFile));
    }

    [Fact]
    public void EndsOfRangesOfPorts_MayStandInSeveralFiles()
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", "ports { sidecar_min_port = 30000 }");
        configuration.AddText("y", "ports { sidecar_max_port = 30010 }");

        configuration.ToOptions().Validate();
    }

    [Fact]
    public void HclThatBeginsWithABrace_IsJson_AsInConsul()
    {
        Write("a.hcl", """ {"node_meta":{"a":"b"},"services":[{"name":"x","port":8.08e3,"check":{"ttl":"5s"}}],"check":{"name":"n","ttl":"5s"}}""");
        var configuration = new AgentConfiguration();

        configuration.AddDirectory(_directory.FullName);
        configuration.AddText("-hcl", """{"node_name":"n1"}""", "hcl");
        var options = configuration.ToOptions();

        Assert.Equal(("n1", "b"), (options.NodeName, options.NodeMeta["a"]));
        Assert.Equal(("x", 8080), (Assert.Single(options.Definitions.Services).Service.Service, options.Definitions.Services[0].Service.Port));
        Assert.Equal("n", Assert.Single(options.Definitions.Checks).Check.Name);
    }

    [Fact]
    public void TestServersOfOtherLanguages_AreConfiguredByWhatTheySend()
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", """
            {"node_name":"node-1","node_id":"adf4238a-882b-9ddc-4a9d-5b6758e4159e","node_meta":{},"performance":{"raft_multiplier":1,"leave_drain_time":"1ms"},
             "bootstrap":true,"server":true,"data_dir":"/tmp/x","disable_update_check":true,"log_level":"err","bind_addr":"127.0.0.1","client_addr":"127.0.0.1",
             "addresses":{},"ports":{"dns":20001,"http":20002,"https":20003,"serf_lan":20004,"serf_wan":20005,"server":20006,"grpc":20007},"raft_protocol":3,
             "connect":{"enabled":true,"ca_config":{"cluster_id":"11111111-2222-3333-4444-555555555555"}},"enable_debug":true,"skip_leave_on_interrupt":true,"leave_on_terminate":true,
             "enable_script_checks":true,"retry_join":["127.0.0.1"],"limits":{"rpc_rate":3},"verify_outgoing":true,"dns_config":{"allow_stale":true},"ui":true,"bootstrap_expect":1,"telemetry":{"disable_hostname":true,"prometheus_retention_time":"1h"}}
            """);

        var options = configuration.ToOptions();

        Assert.Equal(("adf4238a-882b-9ddc-4a9d-5b6758e4159e", "/tmp/x", 20002, 20006, 20004, 20005), (options.NodeId, options.DataDirectory, options.HttpPort, options.ServerPort, options.SerfLanPort, options.SerfWanPort));
        Assert.True(options.EnableScriptChecks);
        Assert.Equal(TimeSpan.FromHours(1), options.PrometheusRetention);
        Assert.Contains("ports.https (20003) is not opened: it needs a certificate", Assert.Single(configuration.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void LeavingAndKeepingTokens_AreRead()
    {
        var configuration = new AgentConfiguration();
        Assert.Equal((null, null), (configuration.LeaveOnTerminate, configuration.SkipLeaveOnInterrupt));
        configuration.AddText("x", "leave_on_terminate = true skip_leave_on_interrupt = false acl { enable_token_persistence = true }");
        configuration.AddText("y", "skip_leave_on_interrupt = true");

        Assert.Equal((true, true), (configuration.LeaveOnTerminate, configuration.SkipLeaveOnInterrupt));
        Assert.True(configuration.ToOptions().Acl.PersistTokens);
    }

    [Fact]
    public void Limits_AreRead_AndTheLastOfEachCounts()
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", """
            {"limits":{"http_max_conns_per_client":7,"kv_max_value_size":10,"txn_max_req_len":11,"https_handshake_timeout":"2s","max_watchers":5,"max_watchers_per_client":4,"max_connections":3,
             "max_bytes_in_flight":8589934592,"max_bytes_in_flight_per_client":2000000,"max_memory":8589934593,"min_bytes_per_second":0,"keep_alive_timeout":"3m","request_headers_timeout":"4s","rpc_rate":1,"max_probes":12,"max_scripts":13}}
            """);
        configuration.AddText("y", """{"limits":{"max_watchers":6}}""");

        var options = configuration.ToOptions();
        var limits = options.Limits;

        Assert.Equal((7, 10, 11, 6, 4, 3), (options.MaxConnectionsPerClient, limits.MaxValueBytes, limits.MaxTransactionBytes, limits.MaxWatchers, limits.MaxWatchersPerClient, limits.MaxConnections));
        Assert.Equal((8L << 30, 2_000_000L, (8L << 30) + 1, 0d), (limits.MaxBytesInFlight, limits.MaxBytesInFlightPerClient, limits.MaxMemoryBytes, limits.MinBytesPerSecond));
        Assert.Equal((12, 13), (limits.MaxProbes, limits.MaxScripts));
        Assert.Equal((2, 180, 4), (limits.TlsHandshakeTimeout.TotalSeconds, limits.KeepAliveTimeout.TotalSeconds, limits.RequestHeadersTimeout.TotalSeconds));
    }

    [Theory]
    [InlineData("""{"client_addr":"10.0.0.1"}""", "10.0.0.1", null, null)]
    [InlineData("""{"client_addr":"10.0.0.1","addresses":{"http":"0.0.0.0"}}""", "0.0.0.0", "10.0.0.1", "10.0.0.1")]
    [InlineData("""{"addresses":{"http":"0.0.0.0","dns":"10.0.0.2"}}""", "0.0.0.0", "127.0.0.1", "10.0.0.2")]
    [InlineData("""{"client_addr":"0.0.0.0","addresses":{"http":"127.0.0.1","https":"10.0.0.3"}}""", "127.0.0.1", "10.0.0.3", "0.0.0.0")]
    [InlineData("""{"addresses":{"https":"0.0.0.0"}}""", "127.0.0.1", "0.0.0.0", null)]
    public void Addresses_AreEachOfTheirListener(string json, string http, string? https, string? dns)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", json);
        var options = configuration.ToOptions();
        Assert.Equal((http, https, dns), (options.ClientAddress, options.HttpsAddress, options.Dns.Address));
    }

    [Fact]
    public void JoiningOthers_IsAWarning()
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", """{"retry_join":["10.0.0.1"]}""");
        Assert.Contains("retry_join is ignored", Assert.Single(configuration.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=", 1)]
    [InlineData("", 0)]
    public void KeyOfGossip_IsOneWarning_BySeveralFilesToo(string last, int warnings)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", """{"encrypt":"KGvd1VXKeEKqEYvAmyZvlQ=="}""");
        configuration.AddText("y", $$"""{"encrypt":"{{last}}"}""");
        configuration.AddText("z", """{"node_name":"n1"}""");
        Assert.Equal(warnings, configuration.Warnings.Count);
    }

    [Theory]
    [InlineData("log_json = true", "log_json is ignored")]
    [InlineData("log_file = \"/var/log/consul/\"", "log_file is ignored")]
    [InlineData("enable_syslog = true", "enable_syslog is ignored")]
    [InlineData("ports { https = 8501 }", "ports.https (8501) is not opened")]
    [InlineData("encrypt = \"pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=\"", "encrypt is ignored: this agent is a single node and gossips with nobody")]
    [InlineData("encrypt = \"\"", null)]
    [InlineData("log_json = false log_file = \"\" enable_syslog = false ports { https = -1 } watches = []", null)]
    [InlineData("telemetry { statsd_address = \"127.0.0.1:8125\" }", "telemetry.statsd_address is ignored: scrape agent/metrics?format=prometheus")]
    [InlineData("telemetry { statsite_address = \"127.0.0.1:8125\" disable_hostname = true }", "telemetry.statsite_address is ignored")]
    [InlineData("telemetry { dogstatsd_addr = \"127.0.0.1:8125\" dogstatsd_tags = [\"a\"] }", "telemetry.dogstatsd_addr is ignored")]
    [InlineData("telemetry { circonus_api_token = \"x\" circonus_check_id = \"x\" }", "telemetry.circonus_api_token is ignored")]
    [InlineData("telemetry { circonus_submission_url = \"x\" }", "telemetry.circonus_submission_url is ignored")]
    [InlineData("telemetry { prefix_filter = [\"x\", \"+a\", \"-b\"] }", "Filter rule must begin with either '+' or '-': \"x\"")]
    [InlineData("telemetry { prefix_filter = [\"\"] }", "Cannot have empty filter rule in prefix_filter")]
    [InlineData("telemetry { statsd_address = \"\" statsite_address = \"\" dogstatsd_addr = \"\" dogstatsd_tags = [\"a\"] circonus_check_tags = \"a\" metrics_prefix = \"shop\" filter_default = false }", null)]
    [InlineData("cert_file = \"x\" ports { https = 8501 }", null)]
    public void WhatIsNotDone_IsAWarning(string hcl, string? warning)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", hcl);
        Assert.Equal(warning is null ? 0 : 1, configuration.Warnings.Count);
        Assert.All(configuration.Warnings, text => Assert.StartsWith(warning!, text, StringComparison.Ordinal));
    }

    // Word for word what `consul validate` 1.8.7 says of such a file.
    [Theory]
    [InlineData("json", """{"ports":{"http":1,"nope":3},"bogus":1}""", "2 errors occurred:\n\t* invalid config key bogus\n\t* invalid config key ports.nope\n")]
    [InlineData("hcl", "service { name = \"a\" bogus = 1 check { bogus2 = 2 } } check { whatever = 1 }", "3 errors occurred:\n\t* invalid config key check.whatever\n\t* invalid config key service.bogus\n\t* invalid config key service.check.bogus2\n")]
    [InlineData("json", """{"services":[{"name":"a"},{"name":"b","Bogus":1,"check":{"DeregisterCriticalServiceAfter":"1m","ttl":"1m","CheckID":"x"}}]}""", "2 errors occurred:\n\t* invalid config key services[1].Bogus\n\t* invalid config key services[1].check.CheckID\n")]
    [InlineData("json", """{"ports":{"DNS":1,"dns":2,"http":null,"Http":5},"bogus":null}""", "3 errors occurred:\n\t* invalid config key bogus\n\t* invalid config key ports.DNS\n\t* invalid config key ports.Http\n")]
    [InlineData("json", """{"ports":{"http":"abc"}}""", "1 error(s) decoding:\n\n* 'ports.http' expected type 'int', got unconvertible type 'string'")]
    [InlineData("hcl", "node_meta = {a = 1} ports { http = \"12\" }", "2 error(s) decoding:\n\n* 'node_meta[a]' expected type 'string', got unconvertible type 'int'\n* 'ports.http' expected type 'int', got unconvertible type 'string'")]
    [InlineData("json", """{"enable_script_checks":1,"retry_join":"abc"}""", "2 error(s) decoding:\n\n* 'enable_script_checks' expected type 'bool', got unconvertible type 'float64'\n* 'retry_join': source data must be an array or slice, got string")]
    [InlineData("json", """{"services":{"name":"a"}}""", "1 error(s) decoding:\n\n* 'services': source data must be an array or slice, got map")]
    [InlineData("json", """{"services":[{"name":"a","port":80.5,"tags":"x"}]}""", "1 error(s) decoding:\n\n* 'services[0].tags': source data must be an array or slice, got string")]
    [InlineData("hcl", "ports { http = 1 } ports { dns = 2 }", "1 error(s) decoding:\n\n* 'ports' expected a map, got 'slice'")]
    [InlineData("json", """{"ports":{"http":99999}}""", "1 error occurred:\n\t* ports.http: invalid port: 99999\n")]
    [InlineData("json", """{"server":"maybe","performance":{"raft_multiplier":"1"}}""", "2 error(s) decoding:\n\n* 'performance.raft_multiplier' expected type 'int', got unconvertible type 'string'\n* 'server' expected type 'bool', got unconvertible type 'string'")]
    [InlineData("json", """{"gossip_lan":{"bogus":1},"autopilot":{"nope":1}}""", "2 errors occurred:\n\t* invalid config key autopilot.nope\n\t* invalid config key gossip_lan.bogus\n")]
    [InlineData("json", """{"retry_interval":"soon"}""", "1 error occurred:\n\t* retry_interval: invalid duration: \"soon\": time: invalid duration \"soon\"\n")]
    [InlineData("json", """{"encrypt":"abc"}""", "1 error occurred:\n\t* encrypt has invalid key: illegal base64 data at input byte 0\n")]
    [InlineData("hcl", """{"node_meta":{"a":1}}""", "1 error(s) decoding:\n\n* 'node_meta[a]' expected type 'string', got unconvertible type 'int'")]
    [InlineData("json", """{"autopilot":{"max_trailing_logs":-1}}""", "1 error occurred:\n\t* autopilot.max_trailing_logs cannot be -1. Must be greater than or equal to zero\n")]
    [InlineData("json", """{"acl":{"tokens":{"managed_service_provider":[null,{"accessor_id":"x","secret_id":5}]}}}""", "1 error(s) decoding:\n\n* 'acl.tokens.managed_service_provider[1].secret_id' expected type 'string', got unconvertible type 'float64'")]
    [InlineData("json", """{"acl":{"tokens":{"managed_service_provider":[{"accessor_id":"x","secret_id":"y","bogus":1}]}}}""", "1 error occurred:\n\t* invalid config key acl.tokens.managed_service_provider[0].bogus\n")]
    [InlineData("json", """{"segments":[{"name":"a"}]}""", "1 error occurred:\n\t* Port for segment \"a\" cannot be <= 0\n")]
    [InlineData("json", """{"ports":{"sidecar_min_port":5,"sidecar_max_port":4}}""", "sidecar_min_port must be less than sidecar_max_port. To disable, set both to zero.")]
    [InlineData("hcl", "performance { raft_multiplier = 11 }", "1 error occurred:\n\t* performance.raft_multiplier cannot be 11. Must be between 1 and 10\n")]
    [InlineData("hcl", "performance { raft_multiplier = 0 }", "1 error occurred:\n\t* performance.raft_multiplier cannot be 0. Must be between 1 and 10\n")]
    [InlineData("json", """{"tls_cipher_suites":"FOO"}""", "1 error occurred:\n\t* tls_cipher_suites: invalid tls cipher suites: unsupported cipher \"FOO\"\n")]
    [InlineData("json", """{"tls_cipher_suites":"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_128_CBC_SHA"}""", "unsupported cipher \"TLS_RSA_WITH_AES_128_CBC_SHA\"\n")]
    [InlineData("json", """{"node_name":"dev1",""", "unexpected end of JSON input")]
    [InlineData("json", """{"data_dir":"x"} trailing""", "invalid character 't' after top-level value")]
    [InlineData("hcl", "node_name = \"dev1\"\n services { name = 1", "At 2:22: object expected closing RBRACE got: EOF")]
    [InlineData("json", "[]", "a configuration file holds one object")]
    public void Fault_IsNamed(string format, string text, string message)
    {
        var failure = Assert.Throws<ConsulAgentException>(() =>
        {
            var configuration = new AgentConfiguration();
            configuration.AddText("x", text, format);
            configuration.ToOptions();
        });
        Assert.EndsWith(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"service":{"port":1}}""", "service: Missing service name")]
    [InlineData("""{"service":{"name":"a","check":{"ttl":"soon"}}}""", "service: time: invalid duration \"soon\"")]
    [InlineData("""{"service":{"name":"a","check":{"args":["true"],"interval":"1s"}}}""", "service: Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true")]
    [InlineData("""{"check":{"name":"a","args":["true"],"interval":"1s"}}""", "check: Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or 'enable_local_script_checks' to true")]
    [InlineData("""{"check":{"name":"a","service_id":"nope","ttl":"1s"}}""", "ServiceID \"nope\" does not exist")]
    [InlineData("""{"watches":[{"type":"key","key":"a","args":["true"]}]}""", "watches: this agent runs no handlers of watches: run 'consul watch'")]
    [InlineData("""{"tls_min_version":"tls14"}""", "tls_min_version: value tls14 not supported, please specify one of [tls10,tls11,tls12,tls13]")]
    [InlineData("""{"bootstrap_expect":3}""", "leave it out (-bootstrap-expect)")]
    [InlineData("""{"bootstrap_expect":-1}""", "bootstrap_expect cannot be -1. Must be greater than or equal to zero")]
    [InlineData("""{"acl_datacenter":"%"}""", "acl_datacenter cannot be \"%\". Please use only [a-z0-9-_]")]
    [InlineData("""{"acl_datacenter":"a","primary_datacenter":"A B"}""", "acl_datacenter cannot be \"a b\". Please use only [a-z0-9-_]")]
    [InlineData("""{"connect":{"enabled":true,"ca_config":{"cluster_id":"x"}}}""", "connect.ca_config: cluster_id was supplied but was not a valid UUID")]
    [InlineData("""{"connect":{"enabled":true,"ca_config":{"cluster_id":5}}}""", "connect.ca_config: cluster_id was supplied but was not a string")]
    public void DefinitionThatMakesNoSense_IsNamed(string text, string message)
    {
        var failure = Assert.Throws<ConsulAgentException>(() =>
        {
            var configuration = new AgentConfiguration();
            configuration.AddText("x", text);
            configuration.ToOptions();
        });
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bad name", "x", "http_config.response_headers: \"bad name\" is no name of a header")]
    [InlineData("", "x", "http_config.response_headers: \"\" is no name of a header")]
    [InlineData("X-A", "a\\nb", "http_config.response_headers: the value of \"X-A\" has a control character in it")]
    [InlineData("Content-Length", "7", "http_config.response_headers: \"Content-Length\" is up to the agent")]
    public void HeaderThatCannotBeSent_IsNamed(string name, string value, string message)
    {
        var configuration = new AgentConfiguration();
        var failure = Assert.Throws<ConsulAgentException>(() => configuration.AddText("x", $$"""{ "http_config": { "response_headers": { "{{name}}": "{{value}}" } } }"""));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FieldAndItsOlderName_AreBothTaken_AndTheNewerWins()
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", """
            acl { default_policy = "deny"  enable_key_list_policy = true  tokens { master = "m" default = "d" agent_master = "a" } }
            acl_default_policy = "allow"  acl_enable_key_list_policy = false  acl_master_token = "x"  acl_token = "x"  acl_agent_master_token = "x"
            http_config { response_headers { A = "1" } }  http_api_response_headers { A = "2" B = "3" }
            """);

        var options = configuration.ToOptions();
        Assert.Equal((false, true, "m", "d", "a"), (options.Acl.AllowByDefault, options.Acl.EnableKeyListPolicy, options.Acl.MasterToken, options.Acl.DefaultToken, options.Acl.AgentMasterToken));
        Assert.Equal(["A=1", "B=3"], options.ResponseHeaders.Select(static pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("advertise_addr_ipv4", "fd00::1", "advertise_addr_ipv4: \"fd00::1\" must be an ipv4 address")]
    [InlineData("advertise_addr_wan_ipv4", "localhost", "advertise_addr_wan_ipv4: \"localhost\" must be an ipv4 address")]
    [InlineData("advertise_addr_ipv6", "::ffff:10.0.0.1", "advertise_addr_ipv6: \"::ffff:10.0.0.1\" must be an ipv6 address")]
    [InlineData("advertise_addr_wan_ipv6", "fd00::1 fd00::2", "advertise_addr_wan_ipv6: \"fd00::1 fd00::2\" must be an ipv6 address")]
    public void AddressOfTheOtherFamily_IsNamed(string field, string address, string message)
    {
        var failure = Assert.Throws<ConsulAgentException>(() => new AgentConfiguration().AddText("x", $"{field} = \"{address}\""));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "fd00::9")]
    [InlineData("advertise_addr_wan_ipv6 = \"fd00::8\"", "fd00::8")]
    public async Task AddressOfSix_IsThatForOtherDatacenters_UnlessThereIsAnother(string more, string wan)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", $"advertise_addr_ipv6 = \"fd00::9\" {more}");
        var options = configuration.ToOptions();
        (options.HttpPort, options.DnsPort) = (0, 0);
        await using var agent = await ConsulAgent.StartAsync(options);
        using var http = new HttpClient { BaseAddress = agent.HttpAddress };

        var node = JsonNode.Parse(await http.GetStringAsync("/v1/catalog/nodes"))![0]!["TaggedAddresses"]!;
        Assert.Equal(("127.0.0.1", "127.0.0.1", "fd00::9", wan), ((string?)node["lan"], (string?)node["lan_ipv4"], (string?)node["lan_ipv6"], (string?)node["wan_ipv6"]));
    }

    /// <summary>Whichever source is the later one: what was said of an address for other datacenters is not overwritten by that for its own.</summary>
    [Theory]
    [InlineData("advertise_addr_wan_ipv6 = \"fd00::8\"", "advertise_addr_ipv6 = \"fd00::9\"", "fd00::8")]
    [InlineData("advertise_addr_ipv6 = \"fd00::9\"", "advertise_addr_wan_ipv6 = \"fd00::8\"", "fd00::8")]
    [InlineData("advertise_addr_ipv6 = \"fd00::9\" advertise_addr_wan_ipv6 = \"fd00::8\"", "advertise_addr_wan_ipv6 = \"\"", "fd00::9")]
    public void AddressOfSix_IsThatOfItsField_InAnyOrder(string first, string second, string wan)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("first", first);
        configuration.AddText("second", second);

        Assert.Equal([("lan_ipv6", "fd00::9"), ("wan_ipv6", wan)], configuration.ToOptions().FamilyAddresses.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => (pair.Key, pair.Value)));
    }

    [Theory]
    [InlineData("127.0.0.1 unix:///run/agent.sock")]
    [InlineData("127.0.0.1\\tunix:///run/agent.sock")]
    public void SocketAmongAddresses_IsNamed(string addresses)
    {
        var failure = Assert.Throws<ConsulAgentException>(() => new AgentConfiguration().AddText("x", $"addresses {{ http = \"{addresses}\" }}"));
        Assert.Contains("one unix socket, or on addresses", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>All that Consul 1.8.7's `consul validate` knows, but for services, checks and watches, with values of their types.</summary>
    [Theory]
    [MemberData(nameof(FieldsOfConsul))]
    public void FieldOfConsul_IsKnown(string path, string type)
    {
        var text = type switch { "bool" => "true", "int" or "uint" or "uint32" or "uint64" => "1", "float64" => "1.5", "list" or "objects" => "[]", "map" => "{}", _ => "\"1s\"" };
        foreach (var name in path.Split('.').Reverse())
        {
            text = $$"""{"{{name}}":{{text}}}""";
        }

        // What it says of a value is another matter.
        var fault = Record.Exception(() => new AgentConfiguration().AddText("x", text, "json"));
        Assert.DoesNotContain("invalid config key", fault?.Message ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain("expected", fault?.Message ?? "", StringComparison.Ordinal);
    }

    /// <summary>Also of those that nothing comes of: a file that Consul refuses is no good here, either.</summary>
    [Theory]
    [MemberData(nameof(FieldsOfConsul))]
    public void FieldOfConsul_OfTheWrongType_IsRefused(string path, string type)
    {
        var (text, fault) = type switch
        {
            "list" or "objects" => ("\"x\"", $"'{path}': source data must be an array or slice, got string"),
            "map" => ("\"x\"", $"'{path}' expected a map, got 'string'"),
            "string" => ("1", $"'{path}' expected type 'string', got unconvertible type 'float64'"),
            "bool" => ("\"x\"", $"'{path}' expected type 'bool', got unconvertible type 'string'"),
            "float64" => ("\"x\"", $"'{path}' expected type 'float64', got unconvertible type 'string'"),
            "uint" or "uint32" or "uint64" => ("\"x\"", $"'{path}' expected type '{type}', got unconvertible type 'string'"),

            // Whatever kind of number Consul keeps it as.
            _ => ("\"x\"", $"'{path}' expected type 'int', got unconvertible type 'string'"),
        };
        foreach (var name in path.Split('.').Reverse())
        {
            text = $$"""{"{{name}}":{{text}}}""";
        }

        Assert.EndsWith($"1 error(s) decoding:\n\n* {fault}", Assert.Throws<ConsulAgentException>(() => new AgentConfiguration().AddText("x", text, "json")).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> FieldsOfConsul()
    {
        var data = new TheoryData<string, string>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Configuration", "consul-1.8.7-fields.txt")))
        {
            var words = line.Split(' ');
            data.Add(words[0], words[1]);
        }

        return data;
    }

    [Fact]
    public async Task EmptyText_IsAsIfItWereNotThere()
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", """
            node_name = "" node_id = "" client_addr = "" advertise_addr = "" log_level = "" domain = "" alt_domain = "" data_dir = ""
            addresses { http = "" https = "" dns = "" }
            """);
        var (options, plain) = (configuration.ToOptions(), new ConsulAgentOptions());
        Assert.Equal(
            (plain.NodeName, plain.NodeId, plain.BindAddress, plain.ClientAddress, plain.AdvertiseAddress, plain.DataDirectory),
            (options.NodeName, options.NodeId, options.BindAddress, options.ClientAddress, options.AdvertiseAddress, options.DataDirectory));
        Assert.Equal((plain.HttpsAddress, plain.Dns.Address, plain.Dns.Domain, null), (options.HttpsAddress, options.Dns.Address, options.Dns.Domain, configuration.LogLevel));
        (options.HttpPort, options.DnsPort) = (0, 0);
        await (await ConsulAgent.StartAsync(options)).DisposeAsync();
    }

    [Fact]
    public void ChecksWithTheAgentsOwnCertificate_AreASetting()
    {
        var configuration = new AgentConfiguration();
        Assert.Equal((false, null), Read());
        configuration.AddText("x", "enable_agent_tls_for_checks = true server_name = \"web\"");
        Assert.Equal((true, "web"), Read());
        configuration.AddText("x", "enable_agent_tls_for_checks = false server_name = \"\"");
        Assert.Equal((false, null), Read());
        Assert.Empty(configuration.Warnings);

        (bool, string?) Read() => (configuration.ToOptions().Tls.UseForChecks, configuration.ToOptions().Tls.CheckServerName);
    }

    [Theory]
    [InlineData("""{"service":{"name":"a","prot":1}}""", "1 error occurred:\n\t* invalid config key service.prot\n")]
    [InlineData("""{"check":{"name":"a","service_id":"nope","ttl":"1s"}}""", "1 error occurred:\n\t* check 'a': ServiceID")]
    [InlineData("""{"serf_lan":"x"}""", "1 error occurred:\n\t* serf_lan: ")]
    [InlineData("""{"bogus":1}""", "1 error occurred:\n\t* invalid config key bogus\n")]
    [InlineData("""{"services":[{"name":1}]}""", "1 error(s) decoding:\n\n* 'services[0].name' expected type 'string', got unconvertible type 'float64'")]
    public void FileThatHasTheFault_IsNamed(string text, string message)
    {
        Write("a.hcl", "service { name = \"one\" } check { name = \"two\" ttl = \"1m\" }");
        Write("b.json", text);
        Write("c.hcl", "service { name = \"three\" }");
        var failure = Assert.Throws<ConsulAgentException>(() =>
        {
            var configuration = new AgentConfiguration();
            configuration.AddDirectory(_directory.FullName);
            configuration.ToOptions();
        });
        Assert.StartsWith($"failed to parse {Path.Combine(_directory.FullName, "b.json")}: {message}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFileOrDirectory_IsNamedWithItsOption()
    {
        var configuration = new AgentConfiguration();
        Assert.Contains("-config-file", Assert.Throws<ConsulAgentException>(() => configuration.AddFile("/no/such/file")).Message, StringComparison.Ordinal);
        Assert.Contains("-config-dir", Assert.Throws<ConsulAgentException>(() => configuration.AddDirectory("/no/such")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CommandLineScripts_AreAllowedByFilesAlone()
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", """{"enable_local_script_checks":true,"check":{"name":"a","args":["true"],"interval":"1s"}}""");
        var options = configuration.ToOptions();
        Assert.False(options.EnableScriptChecks);
        Assert.Equal(["true"], Assert.Single(options.Definitions.Checks).Definition!.ScriptArgs);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void OutputOfNoSize_IsRefused(int size)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", $$"""{"check_output_max_size":{{size}}}""");

        Assert.Contains("(check_output_max_size)", Assert.Throws<ConsulAgentException>(() => configuration.ToOptions().Validate()).Message, StringComparison.Ordinal);
    }

    // Before anything is made there; a directory that is missing is made.
    [Fact]
    public void DataDirectoryThatIsAFile_IsRefused()
    {
        Write("file", "");
        var path = Path.Combine(_directory.FullName, "file");
        var configuration = new AgentConfiguration();
        configuration.AddText("x", $$"""{"data_dir":"{{path}}"}""");

        Assert.Contains($"data_dir \"{path}\" is not a directory", Assert.Throws<ConsulAgentException>(() => configuration.ToOptions().Validate()).Message, StringComparison.Ordinal);
        configuration.AddText("y", $$"""{"data_dir":"{{path}}-missing"}""");
        configuration.ToOptions().Validate();
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory.FullName, name), text);
}
