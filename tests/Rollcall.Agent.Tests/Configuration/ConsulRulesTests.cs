using Rollcall.Agent.Http;

namespace Rollcall.Agent.Tests.Configuration;

/// <summary>Values that Consul takes or refuses, though nothing comes of most of them here.</summary>
public sealed class ConsulRulesTests
{
    /// <summary>What nothing comes of, and waits that are over at once.</summary>
    [Fact]
    public void ValuesThatConsulTakes_AreTaken()
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", """default_query_time = "-1s" max_query_time = "-2h" unix_sockets { mode = "999" } limits { https_handshake_timeout = "-1s" }""");
        var options = configuration.ToOptions();
        options.Validate();
        Assert.Equal((1, 1, null), (options.DefaultQueryTime.TotalMilliseconds, options.MaxQueryTime.TotalMilliseconds, options.UnixSocketMode));
        configuration.AddText("y", """addresses { http = "unix:///x" } unix_sockets { mode = "" }""");
        Assert.Null(configuration.ToOptions().UnixSocketMode);
    }

    [Fact]
    public void HandshakeWithoutTime_IsRefusedWhereThereIsOne()
    {
        var options = new ConsulAgentOptions { NodeName = "n1" };
        options.Limits.TlsHandshakeTimeout = TimeSpan.Zero;
        options.Validate();
        AgentListener.CheckPatience(options.Limits, hasTls: false);
        Assert.Contains("limits.https_handshake_timeout", Assert.Throws<ConsulAgentException>(() => AgentListener.CheckPatience(options.Limits, hasTls: true)).Message, StringComparison.Ordinal);
    }

    /// <summary>What a single node has no use for, where it does not fit the rest.</summary>
    [Theory]
    [InlineData("bootstrap = true", "'bootstrap = true' requires 'server = true'")]
    [InlineData("bootstrap_expect = 1 server = false", "'bootstrap = true' requires 'server = true'")]
    [InlineData("auto_encrypt { allow_tls = true }", "auto_encrypt.allow_tls can only be used on a server.")]
    [InlineData("auto_encrypt { tls = true } server = true", "auto_encrypt.tls can only be used on a client.")]
    [InlineData("auto_encrypt { tls = true } auto_config { enabled = true } verify_outgoing = true", "both auto_encrypt.tls and auto_config.enabled cannot be set to true.")]
    [InlineData("auto_config { enabled = true }", "auto_config.enabled cannot be set without configuring TLS for server communications")]
    [InlineData("auto_config { enabled = true } verify_outgoing = true server = true", "auto_config.enabled cannot be set to true for server agents.")]
    [InlineData("auto_config { authorization { enabled = true } }", "auto_config.authorization.enabled cannot be set to true for client agents")]
    [InlineData("connect { enable_mesh_gateway_wan_federation = true }", "'connect.enable_mesh_gateway_wan_federation=true' requires 'connect.enabled=true'")]
    [InlineData("connect { enabled = true enable_mesh_gateway_wan_federation = true }", "'connect.enable_mesh_gateway_wan_federation = true' requires 'server = true'")]
    [InlineData("segment = \"x\"", "Network segments are not supported in this version of Consul")]
    [InlineData("segments = [{ name = \"x\" port = 5 }]", "Network segments are not supported in this version of Consul")]
    [InlineData("ui = true ui_dir = \"x\"", "Both the ui and ui-dir flags were specified, please provide only one.")]
    public void WhatDoesNotFit_IsRefused(string hcl, string message)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", hcl);
        Assert.StartsWith(message, Assert.Throws<ConsulAgentException>(configuration.ToOptions).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cache { entry_fetch_rate = 0 }", "cache.entry_fetch_rate must be strictly positive, was: 0")]
    [InlineData("cache { entry_fetch_rate = -0.5 }", "cache.entry_fetch_rate must be strictly positive, was: -0.5")]
    [InlineData("cache { entry_fetch_max_burst = -1 }", "cache.entry_fetch_max_burst must be strictly positive, was: -1")]
    [InlineData("connect { ca_provider = \"x\" }", "x is not a valid CA provider")]
    [InlineData("ui_content_path = \"a b\"", "ui-content-path can only contain alphanumeric, -, _, or /. received: /a b/")]
    [InlineData("ui_content_path = \"/v1/\"", "ui-content-path cannot have 'v[0-9]'. received: /v1/")]
    [InlineData("client_addr = \"localhost\"", "client_addr: invalid ip address: localhost")]
    [InlineData("client_addr = \"127.0.0.1 localhost\"", "client_addr: invalid ip address: localhost")]
    [InlineData("bind_addr = \"localhost\"", "bind_addr: invalid ip address: localhost")]
    [InlineData("advertise_addr = \"localhost\"", "advertise_addr: invalid ip address: localhost")]
    [InlineData("advertise_addr_wan = \"localhost\"", "advertise_addr_wan: invalid ip address: localhost")]
    public void ValueThatConsulRefuses_IsNamed(string hcl, string message)
    {
        var failure = Assert.Throws<ConsulAgentException>(() => new AgentConfiguration().AddText("x", hcl));
        Assert.EndsWith($"1 error occurred:\n\t* {message}\n", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("server = true bootstrap = true auto_encrypt { allow_tls = true } auto_config { authorization { enabled = true } } ui = true")]
    [InlineData("auto_encrypt { tls = true } ui_dir = \"x\" ui_content_path = \"/a/v1/\" segment = \"\" segments = []")]
    [InlineData("auto_config { enabled = true } verify_outgoing = true connect { ca_provider = \"vault\" } cache { entry_fetch_rate = 0.5 entry_fetch_max_burst = 1 }")]
    [InlineData("server = true acl_datacenter = \"B\" primary_gateways = [\"x\"]")]
    [InlineData("server = true connect { enabled = true enable_mesh_gateway_wan_federation = true ca_provider = \"\" }")]
    public void WhatFits_IsTaken(string hcl)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", hcl);
        configuration.ToOptions().Validate();
    }

    [Fact]
    public void NullAmongTexts_IsAnEmptyOne()
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", """
            {"node_meta":{"a":null},"recursors":[null,"192.0.2.1"],"retry_join":[null],"start_join_wan":[null],"http_config":{"response_headers":{"X-A":null},"block_endpoints":[null]},
             "tagged_addresses":{"a":null},"telemetry":{"dogstatsd_tags":[null]},"services":[{"name":"s","tags":[null],"meta":{"a":null}}]}
            """);
        var options = configuration.ToOptions();

        Assert.Equal(("", "", ""), (options.NodeMeta["a"], options.ResponseHeaders["X-A"], options.TaggedAddresses["a"]));
        Assert.Equal(["192.0.2.1"], options.Dns.Recursors);
        Assert.Empty(configuration.Warnings);
        var service = Assert.Single(options.Definitions.Services).Service;
        Assert.Equal(("", ""), (Assert.Single(service.Tags!), service.Meta!["a"]));
    }

    /// <summary>Also of what nobody listens on, in Consul's words.</summary>
    [Theory]
    [InlineData("addresses { grpc = \"x\" }", "addresses.grpc: invalid ip address: x")]
    [InlineData("addresses { https = \"127.0.0.1 localhost\" }", "addresses.https: invalid ip address: localhost")]
    [InlineData("addresses { http = \"1.2.3\" }", "addresses.http: invalid ip address: 1.2.3")]
    [InlineData("addresses { dns = \"::1%lo\" } ports { dns = -1 }", "addresses.dns: invalid ip address: ::1%lo")]
    [InlineData("serf_lan = \"x\"", "serf_lan: invalid ip address: x")]
    [InlineData("serf_lan = \"unix://x\"", "serf_lan cannot be a unix socket")]
    [InlineData("serf_wan = \"10.0.0.1 10.0.0.2\"", "serf_wan: multiple addresses found: 10.0.0.1 10.0.0.2")]
    [InlineData("serf_lan_allowed_cidrs = [\"10.0.0.0/8\", \"x\"]", "serf_lan_allowed_cidrs: invalid cidr: x")]
    [InlineData("serf_wan_allowed_cidrs = [\"10.0.0.0\"]", "serf_wan_allowed_cidrs: invalid cidr: 10.0.0.0")]
    public void WhatIsNoAddress_IsRefused(string hcl, string message)
    {
        var failure = Assert.Throws<ConsulAgentException>(() => new AgentConfiguration().AddText("x", hcl));
        Assert.EndsWith($"1 error occurred:\n\t* {message}\n", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("addresses { grpc = \"127.0.0.1 ::1 [::] unix:///x\" https = \"[::]\" }")]
    [InlineData("serf_lan = \"127.0.0.1\" serf_wan = \"\" serf_lan_allowed_cidrs = [\" 10.1.2.3/8\", \"fd00::/8\"]")]
    [InlineData("ports { serf_wan = -1 } serf_wan = \"x\"")]
    [InlineData("serf_lan = \"{{ GetAllInterfaces | limit 1 }}\" serf_wan = \"{{ GetPublicIP }}\" addresses { grpc = \"{{ printf `1.2.3.4` }}\" }")]
    public void AddressesThatNothingComesOf_AreTaken(string hcl)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", hcl);
        configuration.ToOptions().Validate();
    }

    /// <summary>Where a later source says another, that counts.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void EmptyAddressToBind_IsRefused(string address)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("x", $"bind_addr = \"{address}\"");
        Assert.Equal("bind_addr cannot be empty", Assert.Throws<ConsulAgentException>(configuration.ToOptions).Message);
        configuration.AddText("y", "bind_addr = \"127.0.0.2\"");
        Assert.Equal("127.0.0.2", configuration.ToOptions().BindAddress);
    }
}
