using Rollcall.Agent;
using Rollcall.TestKit;

namespace Rollcall.Conformance.Tests.Configuration;

/// <summary>What is said of a configuration file before anything starts, and by <c>consul validate</c>.</summary>
public class ValidatedFileTests
{
    public static TheoryData<string> WrongFiles =>
    [
        """{"config_entries":{"bootstrap":[{"kind":"service-defaults","name":"ok"},{"kind":"nope","name":"x"},{"kind":"nope2","name":"x"}]}}""",
        """{"config_entries":{"bootstrap":[{"name":"x"}]}}""",
        """{"config_entries":{"bootstrap":[{"kind":5,"name":"x"}]}}""",
        """{"config_entries":{"bootstrap":[{"kind":"service-defaults","name":"x","bogus":1}]}}""",
        """{"config_entries":{"bootstrap":[{"kind":"service-defaults","name":{"a":1}}]}}""",
        """{"config_entries":{"bootstrap":[{"kind":"service-splitter","name":"x","splits":[]}]}}""",
        """{"config_entries":{"bootstrap":[{"kind":"service-resolver"}]}}""",
        """{"config_entries":{"bootstrap":{"kind":"service-defaults","name":"x"}}}""",
        """{"config_entries":{"bootstrap":"x"}}""",
        """{"config_entries":{"bootstrap":["x",{"kind":"service-defaults","name":"x"},5]}}""",
        """{"config_entries":{"bogus":1}}""",
        """{"config_entries":"x"}""",
        """{"services":["x"]}""",
        """{"server":"maybe","performance":{"raft_multiplier":"1"},"autopilot":{"min_quorum":1,"cleanup_dead_servers":1},"segments":"x","telemetry":{"prefix_filter":"x"}}""",
        """{"gossip_lan":{"bogus":1},"auto_config":{"authorization":{"static":{"nope":1}}},"unix_sockets":{"x":1}}""",
        """{"consul":{"raft":{"x":1}}}""",
        """{"sync_coordinate_rate_target":"x","cache":{"entry_fetch_rate":"x"},"audit":"x","snapshot_agent":1,"retry_max":true}""",
        """{"server":[],"ui":[[[true]]],"bootstrap":[[]],"node_name":[5],"log_level":{"a":1},"performance":{"raft_multiplier":["1"]},"limits":{"rpc_rate":[]},"retry_interval":["a","b"],"encrypt":[{"a":1}]}""",
        """{"ports":{"proxy_min_port":5,"proxy_max_port":4}}""",
        """{"ports":{"sidecar_min_port":65000}}""",
        """{"ports":{"expose_max_port":-5}}""",
        """{"segments":[{"name":"a","port":"x","bind":5},{"name":5}]}""",
        """{"segments":[{"name":"a","port":5,"bogus":1}]}""",
        """{"service":{"name":"a","weights":{"passing":"3","bogus":1}},"check":{"name":"b","token":[5]}}""",
        """{"services":[{"name":"a","weights":{"bogus":1}},{"name":"b","check":{"bogus":1}}]}""",
        """{"autopilot":{"min_quorum":-1}}""",
        """{"autopilot":{"min_quorum":[-0.5]}}""",
        """{"autopilot":{"min_quorum":"x"},"dns_config":{"soa":{"retry":-1,"expire":"x"}},"limits":{"kv_max_value_size":-2.5,"txn_max_req_len":true}}""",
        """{"primary_gateways":["x"],"data_dir":"/tmp"}""",
        """{"server":true,"primary_gateways":["x"],"data_dir":"/tmp"}""",
        """{"server":true,"primary_gateways":["x"],"primary_datacenter":"DC1","data_dir":"/tmp"}""",
        """{"server":true,"primary_gateways":["x"],"acl_datacenter":"b","datacenter":"B","data_dir":"/tmp"}""",
        """{"service":{"name":"a","TaggedAddresses":{}}}""",
        """{"service":{"name":"a","check":{"GRPCUseTLS":true}}}""",
        """{"service":{"name":"a","check":{"TTL":"1s","ttl":"2s"}}}""",
        """{"service":{"name":"a","connect":{"SidecarService":{}}}}""",
        """{"service":{"name":"a","proxy":{"upstreams":[{"LocalBindPort":1}]}}}""",
        """{"service":{"name":"a","tagged_addresses":{"lan":{"bogus":1}}}}""",
        """{"check":{"name":"c","Service_ID":"a","ServiceID":"b","ttl":"1s"}}""",
        """{"ports":{"DNS":1,"dns":null}}""",
        """{"bogus":null}""",
        """{"check":{"name":"c","ServiceID":5,"TTL":6,"Tls_Skip_Verify":7}}""",
        """{"service":{"name":"a","tagged_addresses":{"lan":{"address":5,"port":"x"},"wan":7}}}""",
        """{"bind_addr":"","data_dir":"/tmp"}""",
        """{"primary_datacenter":"A B","data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"client_addr":"10.0.0.1","ports":{"dns":1000,"http":1000},"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"ports":{"server":1000,"serf_wan":1000},"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"acl":{"tokens":{"managed_service_provider":[null,{"accessor_id":5},{"bogus":1}]}}}""",
        """{"acl":{"tokens":{"managed_service_provider":[{"accessor_id":"x","bogus":1}]}}}""",
        """{"bootstrap":true,"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"bootstrap_expect":1,"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"auto_encrypt":{"allow_tls":true},"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"auto_encrypt":{"tls":true},"server":true,"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"auto_config":{"enabled":true},"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"auto_config":{"enabled":true},"server":true,"verify_outgoing":true,"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"auto_config":{"authorization":{"enabled":true}},"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"connect":{"enable_mesh_gateway_wan_federation":true},"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"connect":{"enabled":true,"enable_mesh_gateway_wan_federation":true},"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"segment":"x","bootstrap":true,"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"segments":[{"name":"x","port":5}],"data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"ui":true,"ui_dir":"x","data_dir":"/tmp","bind_addr":"127.0.0.1"}""",
        """{"data_dir":"/tmp","bind_addr":"127.0.0.1","recursors":["127.0.0.1","[::]"]}""",
        """{"data_dir":"/tmp","bind_addr":"127.0.0.1","recursors":["0.0.0.0"]}""",
        """{"data_dir":"/tmp","bind_addr":"127.0.0.1","recursors":["::"]}""",
        """{"primary_gateways":[[["a"]]],"serf_lan_allowed_cidrs":[["a","b"]],"recursors":[[5]],"node_meta":{"a":[],"b":[5]},"services":[[]],"segments":[["x"]]}""",
    ];

    /// <summary>A list of one is what is in it, and one more around it is, too, where Consul keeps a field by reference, but not around the items of lists and maps.</summary>
    public static TheoryData<string> GoodFiles =>
    [
        """{"server":[true],"leave_on_terminate":[[true]],"node_name":["x"],"performance":{"raft_multiplier":[1]},"retry_interval":["1s"],"encrypt":["YWJj"]}""",
        """{"telemetry":{"circonus_check_tags":["a"],"prefix_filter":[["+a"]]},"cache":{"entry_fetch_rate":[0.5]},"ports":{"grpc":[5]},"acl":{"tokens":{"master":["x"]}},"ui":[null]}""",
        """{"recursors":[["127.0.0.1"]],"node_meta":{"a":["b"]},"dns_config":{"service_ttl":{"a":["5s"]}},"http_config":{"block_endpoints":[["/v1/kv"]]}}""",
        """{"services":[[{"name":["a"],"port":[5],"tags":[["x"]],"meta":{"x":["y"]},"check":{"ttl":["5s"]}}]]}""",
        """{"services":[{"name":"a","weights":{"passing":[3]},"tagged_addresses":{"lan":{"address":["10.0.0.1"]},"wan":[{"port":[5]}]},"checks":[{"http":["http://127.0.0.1:1/"],"interval":"1h","header":{"X":["a"]}}]}]}""",
        """{"server":true,"primary_gateways":["x"],"primary_datacenter":"dc2","autopilot":{"min_quorum":1.5}}""",
        """{"primary_gateways":["",""]}""",
        """{"enable_local_script_checks":true,"checks":[{"id":"a","interval":"1h","ScriptArgs":["a"]}]}""",
        """{"services":[{"name":"a","tagged_addresses":{"lan":null}},{"NAME":"b","Check":{"TTL":"1s","service_id":null}}]}""",
        """{"node_meta":{"a":null},"recursors":[null],"retry_join":[null],"http_config":{"response_headers":{"X-A":null}},"tagged_addresses":{"a":null},"service":{"name":"a","tags":[null],"meta":{"a":null}}}""",
        """{"addresses":{"grpc":"127.0.0.1 [::] unix:///x"},"serf_lan":"127.0.0.1","serf_wan":"x","ports":{"serf_wan":-1},"serf_lan_allowed_cidrs":[" 10.1.2.3/8"]}""",
        """{"default_query_time":"-1s","max_query_time":"-1s","unix_sockets":{"mode":"999"},"limits":{"https_handshake_timeout":"-1s"}}""",
        """{"service":{"name":"a","proxy":{"expose":{"port":5},"mesh_gateway":{"mode":"local"}}}}""",
        """{"ports":{"proxy_min_port":0,"proxy_max_port":0,"sidecar_min_port":5,"sidecar_max_port":5,"expose_min_port":-1}}""",
        """{"ports":{"grpc":-5,"sidecar_min_port":-5,"proxy_min_port":-5,"expose_min_port":-5,"serf_wan":-5,"dns":-5,"https":-5}}""",
    ];

    [RequiresConsulTheory]
    [MemberData(nameof(GoodFiles))]
    public async Task GoodFile_IsTakenAsByConsul(string text)
    {
        var folder = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            var file = Path.Combine(folder.FullName, "agent.json");
            await File.WriteAllTextAsync(file, $"{text[..^1]},\"bind_addr\":\"127.0.0.1\",\"data_dir\":\"{folder.FullName}\"}}");

            var consul = await ChildProcess.RunAsync(RealConsul.BinaryPath, ["validate", file]);
            var configuration = new AgentConfiguration();
            configuration.AddFile(file);
            var options = configuration.ToOptions();

            Assert.Equal(("", "Configuration is valid!"), (consul.Error.Trim(), consul.Output.Trim()));
            Assert.True(options.DnsPort >= -1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [RequiresConsulTheory]
    [MemberData(nameof(WrongFiles))]
    public async Task WrongFile_IsRefusedInConsulsWords(string text)
    {
        var folder = Directory.CreateTempSubdirectory("rollcall-test-");
        try
        {
            var file = Path.Combine(folder.FullName, "agent.json");
            await File.WriteAllTextAsync(file, text);

            var consul = await ChildProcess.RunAsync(RealConsul.BinaryPath, ["validate", file]);
            var fault = Assert.Throws<ConsulAgentException>(() =>
            {
                var configuration = new AgentConfiguration();
                configuration.AddFile(file);
                configuration.ToOptions().Validate();
            });

            Assert.Equal(consul.Error.Trim(), $"Config validation failed: {fault.Message}".Trim());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
