using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Rollcall.Dns;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http.Listening;

public sealed class ListeningTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");
    private readonly TestCertificates _certificates = new();

    public void Dispose()
    {
        _certificates.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Https_AnswersUnderItsCertificate_BesideHttp()
    {
        await using var agent = await StartAsync(Tls(verify: false));
        Assert.NotEqual(agent.HttpAddress.Port, agent.HttpsAddress!.Port);
        using var http = Client(null);
        var big = new string('x', 300_000);
        using (var put = await http.PutAsync(new Uri(agent.HttpsAddress, "/v1/kv/a"), new StringContent(big)).WithinAsync())
        {
            Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        }

        Assert.Equal(big, await http.GetStringAsync(new Uri(agent.HttpsAddress, "/v1/kv/a?raw")).WithinAsync());
        Assert.Equal(big, await http.GetStringAsync(new Uri(agent.HttpAddress, "/v1/kv/a?raw")).WithinAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Http2_IsSpokenUnderTls_WithManyRequestsOnOneConnection(bool dedicated)
    {
        await using var agent = await StartAsync(Tls(verify: true) + " limits { http_max_conns_per_client = 1 }", dedicated);
        using var certificate = _certificates.Issue("client");
        using var http = Client(certificate);
        (http.DefaultRequestVersion, http.DefaultVersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        Uri At(string path) => new(agent.HttpsAddress!, path);

        // More than fits into the windows of a stream and of a connection, both ways.
        var big = new string('x', 500_000);
        using (var put = await http.PutAsync(At("/v1/kv/a"), new StringContent(big)).WithinAsync())
        {
            Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (put.StatusCode, put.Version));
        }

        Assert.Equal(big, await http.GetStringAsync(At("/v1/kv/a?raw")).WithinAsync());

        // A filter as long as in HTTP/1.1.
        var filter = string.Join(" or ", Enumerable.Range(0, 1000).Select(i => $"Node == \"node-{i}\""));
        Assert.InRange(filter.Length, 20_000, 60_000);
        Assert.NotEqual("[]", await http.GetStringAsync(At($"/v1/catalog/nodes?filter={Uri.EscapeDataString(filter.Replace("node-7\"", "n1\"", StringComparison.Ordinal))}")).WithinAsync());

        // Watchers wait on the connection that the change comes by; one that gives up ends its own request only.
        using var gone = new CancellationTokenSource();
        var index = (await http.GetAsync(At("/v1/kv/a")).WithinAsync()).Headers.GetValues("X-Consul-Index").Single();
        var waits = Enumerable.Range(0, 150).Select(_ => http.GetStringAsync(At($"/v1/kv/a?raw&index={index}"))).ToArray();
        var canceled = http.GetStringAsync(At($"/v1/kv/a?raw&index={index}"), gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled.WithinAsync());
        using (await http.PutAsync(At("/v1/kv/a"), new StringContent("new")).WithinAsync())
        {
            Assert.All(await Task.WhenAll(waits).WithinAsync(), value => Assert.Equal("new", value));
        }
    }

    [Fact]
    public async Task ClientCertificates_AreWantedWhereTheyAreChecked()
    {
        await using var agent = await StartAsync(Tls(verify: true));
        var self = new Uri(agent.HttpsAddress!, "/v1/agent/self");
        using var own = _certificates.Issue("client");
        using var others = new TestCertificates();
        using var strange = others.Issue("client");

        using var known = Client(own);
        Assert.Equal(HttpStatusCode.OK, (await known.GetAsync(self).WithinAsync()).StatusCode);
        foreach (var certificate in new[] { null, strange })
        {
            using var unknown = Client(certificate);
            await Assert.ThrowsAsync<HttpRequestException>(() => unknown.GetAsync(self).WithinAsync());
        }

        using var plain = new HttpClient();
        Assert.Equal(HttpStatusCode.BadRequest, (await plain.GetAsync(new UriBuilder(self) { Scheme = "http" }.Uri).WithinAsync()).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await known.GetAsync(self).WithinAsync()).StatusCode);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", false)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true)]
    [InlineData("POST /v1/kv/a HTTP/1.1\r\n", true)]
    [InlineData("OPTIONS * HTTP/1.1\r\n", false)]
    public async Task PlainHttpOnThePortOfHttps_IsToldSo(string request, bool dedicated)
    {
        await using var agent = await StartAsync(Tls(verify: false), dedicated);
        using var client = new TcpClient();
        await client.ConnectAsync(agent.HttpsAddress!.Host, agent.HttpsAddress.Port);
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(request));

        using var reader = new StreamReader(client.GetStream());
        Assert.Equal("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", await reader.ReadToEndAsync().WithinAsync());
    }

    // As Consul does: one of both suffices.
    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    [InlineData(true, true, true)]
    public async Task ClientCertificates_AreWanted_WhereEitherSettingSaysSo(bool verify, bool verifyHttps, bool wanted)
    {
        await using var agent = await StartAsync($"{Tls(verify)} verify_incoming_https = {(verifyHttps ? "true" : "false")}");
        using var none = Client(null);
        var asking = none.GetAsync(new Uri(agent.HttpsAddress!, "/v1/agent/self"));
        if (wanted)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => asking.WithinAsync());
        }
        else
        {
            Assert.Equal(HttpStatusCode.OK, (await asking.WithinAsync()).StatusCode);
        }
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("1.3.6.1.5.5.7.3.2", true)]
    [InlineData("1.3.6.1.5.5.7.3.1", false)]
    public async Task CertificateOfAServer_IsNoneOfAClient(string? usage, bool accepted)
    {
        await using var agent = await StartAsync(Tls(verify: true));
        using var certificate = usage is null ? _certificates.Issue("client") : _certificates.Issue("client", usage);
        using var http = Client(certificate);
        var asking = http.GetAsync(new Uri(agent.HttpsAddress!, "/v1/agent/self"));
        if (accepted)
        {
            Assert.Equal(HttpStatusCode.OK, (await asking.WithinAsync()).StatusCode);
        }
        else
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => asking.WithinAsync());
        }
    }

    [Theory]
    [InlineData("tls13", SslProtocols.Tls13, SslProtocols.Tls12)]
    [InlineData("tls12", SslProtocols.Tls12, null)]
    [InlineData("tls10", SslProtocols.Tls12, null)]
    public async Task VersionsOfTlsBelowTheLeast_AreNotSpoken(string least, SslProtocols spoken, SslProtocols? refused)
    {
        await using var agent = await StartAsync($"{Tls(verify: false)} tls_min_version = \"{least}\"");
        var self = new Uri(agent.HttpsAddress!, "/v1/agent/self");
        using var known = Client(null, spoken);
        Assert.Equal(HttpStatusCode.OK, (await known.GetAsync(self).WithinAsync()).StatusCode);
        if (refused is { } old)
        {
            using var unknown = Client(null, old);
            await Assert.ThrowsAsync<HttpRequestException>(() => unknown.GetAsync(self).WithinAsync());
        }
    }

    [Fact]
    public async Task ReplacedCertificate_IsShownAfterAReload_AndAFaultyOneChangesNothing()
    {
        var text = Tls(verify: false);
        AgentConfiguration Read()
        {
            var configuration = new AgentConfiguration();
            configuration.AddText("test", text, "hcl");
            return configuration;
        }

        await using var agent = await AgentFixture.StartAsync(configuration: Read);
        var first = await SerialAsync(agent.Agent);
        _ = Tls(verify: false);
        Assert.Equal(first, await SerialAsync(agent.Agent));
        await agent.PutAsync("agent/reload");
        var second = await SerialAsync(agent.Agent);
        Assert.NotEqual(first, second);

        agent.Log.Expect(static entry => entry.EventId.Id == 104);
        await File.WriteAllTextAsync(Path.Combine(_directory.FullName, "cert.pem"), "no certificate");
        text += " service { name = \"a\" }";
        var refused = await agent.SendAsync("PUT", "agent/reload");
        Assert.Equal(HttpStatusCode.InternalServerError, refused.Status);
        Assert.Contains("(cert_file)", refused.Body, StringComparison.Ordinal);
        Assert.Equal(second, await SerialAsync(agent.Agent));
        Assert.Equal("{}", (await agent.GetAsync("agent/services")).Body);
    }

    [Fact]
    public async Task UnixSocket_AnswersInPlaceOfAPort_ThoughAnOldOneIsThere()
    {
        var path = Path.Combine(_directory.FullName, "agent.sock");
        await File.WriteAllTextAsync(path, "left behind");
        await using var agent = await StartAsync($$"""addresses { http = "unix://{{path}}" } unix_sockets { mode = "0700" }""");
        Assert.Equal(new Uri($"unix://{path}"), agent.HttpAddress);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        }

        using var http = UnixClient(path);
        Assert.Contains("\"NodeName\":\"n1\"", await http.GetStringAsync(new Uri("http://agent/v1/agent/self")).WithinAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("client_addr = \"127.0.0.1 127.0.0.2\"")]
    [InlineData("addresses { http = \"127.0.0.1  127.0.0.2\" https = \"127.0.0.1 127.0.0.2 127.0.0.1\" dns = \"127.0.0.1 127.0.0.2\" }")]
    public async Task SeveralAddresses_AreAllListenedOn(string hcl)
    {
        var ports = (Http: FreePort.Next(), Https: FreePort.Next());
        var configuration = new AgentConfiguration();
        configuration.AddText("test", $"{Tls(verify: false).Replace("https = 0", $"http = {ports.Http} https = {ports.Https} dns = 0", StringComparison.Ordinal)} {hcl}", "hcl");
        var options = configuration.ToOptions();
        options.NodeName = "n1";
        await using var agent = await ConsulAgent.StartAsync(options);
        Assert.Equal((new Uri($"http://127.0.0.1:{ports.Http}"), new Uri($"https://127.0.0.1:{ports.Https}")), (agent.HttpAddress, agent.HttpsAddress));
        using var http = Client(null);
        foreach (var host in (IPAddress[])[IPAddress.Loopback, IPAddress.Parse("127.0.0.2")])
        {
            Assert.Equal("\"127.0.0.1:8300\"", await http.GetStringAsync(new Uri($"http://{host}:{ports.Http}/v1/status/leader")).WithinAsync());
            Assert.Equal("\"127.0.0.1:8300\"", await http.GetStringAsync(new Uri($"https://{host}:{ports.Https}/v1/status/leader")).WithinAsync());
            Assert.NotEmpty((await DnsProbe.AskAsync(new IPEndPoint(host, agent.DnsEndPoint!.Port), "n1.node.consul", DnsType.A)).Answers);
        }
    }

    [Fact]
    public async Task MoreConnectionsThanAClientMayHave_AreClosed_UntilOneEnds()
    {
        await using var agent = await StartAsync("limits { http_max_conns_per_client = 2 }");
        using var first = await ConnectAsync(agent);
        using (var second = await ConnectAsync(agent))
        {
            Assert.True(await IsClosedAsync(agent));
        }

        await Eventually.TrueAsync(async () =>
        {
            using var http = new HttpClient();
            try
            {
                return (await http.GetAsync(new Uri(agent.HttpAddress, "/v1/status/leader"))).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task Headers_AreOnEveryAnswer_AndBlockedEndpointsAreRefused()
    {
        await using var agent = await StartAsync("""http_config { response_headers { X-Frame-Options = "DENY" } block_endpoints = ["/v1/agent/l"] }""");
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = agent.HttpAddress };
        foreach (var path in (string[])["/v1/status/leader", "/v1/nope", "/", "/v1/kv/a", "/v1/agent/leave", "/v1/kv/%zz"])
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative)).WithinAsync();
            Assert.Equal(["DENY"], answer.Headers.GetValues("X-Frame-Options"));
        }

        using var blocked = await http.PutAsync(new Uri("/v1/agent/leave", UriKind.Relative), null).WithinAsync();
        Assert.Equal((HttpStatusCode.Forbidden, "Endpoint is blocked by agent configuration"), (blocked.StatusCode, await blocked.Content.ReadAsStringAsync()));
        Assert.False(agent.Stopped.IsCompleted);
    }

    [Theory]
    [InlineData("10.0.0.0/8", false)]
    [InlineData("::1/128", false)]
    [InlineData("127.0.0.0/8", true)]
    [InlineData("127.200.0.1/8", true)]
    [InlineData("0.0.0.0/0", true)]
    [InlineData("0127.0.0.0/8", true)]
    [InlineData("::ffff:127.0.0.1/104", true)]
    [InlineData("::ffff:127.0.0.1/95", false)]
    [InlineData("::/0", false)]
    public async Task Writes_AreForTheNetworksThatMay(string network, bool allowed)
    {
        await using var agent = await StartAsync($$"""http_config { allow_write_http_from = ["192.0.2.0/24", "{{network}}"] }""");
        using var http = new HttpClient { BaseAddress = agent.HttpAddress };
        using var value = new StringContent("1");
        using var put = await http.PutAsync(new Uri("/v1/kv/a", UriKind.Relative), value).WithinAsync();
        Assert.Equal(
            allowed ? (HttpStatusCode.OK, "true") : (HttpStatusCode.Forbidden, "Access is restricted"),
            (put.StatusCode, await put.Content.ReadAsStringAsync()));

        foreach (var (method, path, status) in ((HttpMethod, string, HttpStatusCode)[])[
            (HttpMethod.Get, "/v1/kv/a", allowed ? HttpStatusCode.OK : HttpStatusCode.NotFound), (HttpMethod.Options, "/v1/kv/a", HttpStatusCode.OK),
            (HttpMethod.Put, "/v1/status/leader", HttpStatusCode.MethodNotAllowed), (HttpMethod.Put, "/v1/nope", HttpStatusCode.NotFound)])
        {
            using var request = new HttpRequestMessage(method, path);
            using var answer = await http.SendAsync(request).WithinAsync();
            Assert.Equal(status, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Writes_ByAnAddressOfFourThatIsWrittenAsSix_AreOfItsNetwork()
    {
        await using var agent = await StartAsync("""client_addr = "::" http_config { allow_write_http_from = ["127.0.0.0/8"] }""");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{agent.HttpAddress.Port}") };
        using var put = await http.PutAsync(new Uri("/v1/kv/a", UriKind.Relative), null).WithinAsync();
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
    }

    [Fact]
    public async Task Writes_ByANetworkOfFourThatIsWrittenAsSix_AreForIt_AlsoByOptions()
    {
        await using var agent = await ConsulAgent.StartAsync(
            new ConsulAgentOptions { HttpPort = 0, DnsPort = -1, AllowWritesFrom = [IPNetwork.Parse("::ffff:127.0.0.0/104")] });
        using var http = new HttpClient { BaseAddress = agent.HttpAddress };
        using var put = await http.PutAsync(new Uri("/v1/kv/a", UriKind.Relative), null).WithinAsync();
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
    }

    [Fact]
    public async Task Writes_ByAUnixSocket_AreOfNoNetwork()
    {
        var path = Path.Combine(_directory.FullName, "agent.sock");
        await using var agent = await StartAsync($$"""addresses { http = "unix://{{path}}" } http_config { allow_write_http_from = ["0.0.0.0/0", "::/0"] }""");
        using var http = UnixClient(path);
        using var put = await http.PutAsync(new Uri("http://agent/v1/kv/a"), null).WithinAsync();
        using var get = await http.GetAsync(new Uri("http://agent/v1/status/leader")).WithinAsync();

        Assert.Equal((HttpStatusCode.Forbidden, "Access is restricted"), (put.StatusCode, await put.Content.ReadAsStringAsync()));
        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
    }

    [Fact]
    public async Task HeaderWithOtherLetters_IsSentAsUtf8()
    {
        await using var agent = await StartAsync("""http_config { response_headers { "X-Team" = "Zürich" X-Plain = "a\tb" } }""");
        using var http = new HttpClient(new SocketsHttpHandler { ResponseHeaderEncodingSelector = static (_, _) => System.Text.Encoding.UTF8 }) { BaseAddress = agent.HttpAddress };
        using var answer = await http.GetAsync(new Uri("/v1/status/leader", UriKind.Relative)).WithinAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(("Zürich", "a\tb"), (Assert.Single(answer.Headers.GetValues("X-Team")), Assert.Single(answer.Headers.GetValues("X-Plain"))));
    }

    [Fact]
    public async Task BodiesMayBeAsLargeAsTheLimitsSay()
    {
        await using var agent = await StartAsync("limits { kv_max_value_size = 4000000 }");
        await using var strict = await StartAsync("limits { kv_max_value_size = 10 txn_max_req_len = 20 }");
        using var http = new HttpClient { BaseAddress = new Uri(agent.HttpAddress, "/v1/") };
        using var large = await http.PutAsync(new Uri("kv/a", UriKind.Relative), new StringContent(new string('x', 4_000_000))).WithinAsync();
        using var larger = await http.PutAsync(new Uri("kv/b", UriKind.Relative), new StringContent(new string('x', 4_000_001))).WithinAsync();
        using var txn = await http.PutAsync(new Uri(strict.HttpAddress, "/v1/txn"), new StringContent("""[{"KV":{"Verb":"get","Key":"aaaaaaaaaa"}}]""")).WithinAsync();

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.RequestEntityTooLarge), (large.StatusCode, larger.StatusCode, txn.StatusCode));

        // Word for word Consul's.
        Assert.Equal(
            "Request body(42 bytes) too large, max size: 20 bytes. See https://www.consul.io/docs/agent/options.html#txn_max_req_len.", await txn.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("""cert_file = "/no/such" key_file = "/no/such" ports { https = 0 }""", "(cert_file)")]
    [InlineData("""cert_file = "x" ports { https = 0 }""", "set Tls.CertificateFile and Tls.KeyFile (cert_file, key_file)")]
    [InlineData("""addresses { http = "unix:///x" } unix_sockets { mode = "rwx" }""", "unix_sockets.mode: \"rwx\" is no file mode")]
    [InlineData("""http_config { allow_write_http_from = ["10.0.0.1"] }""", "http_config.allow_write_http_from: \"10.0.0.1\" is no network: write it as 10.0.0.0/8")]
    [InlineData("""http_config { allow_write_http_from = ["10.0.0.0/33"] }""", "http_config.allow_write_http_from: \"10.0.0.0/33\" is no network: write it as 10.0.0.0/8")]
    [InlineData("""http_config { allow_write_http_from = ["10.0.0.0/-1"] }""", "http_config.allow_write_http_from: \"10.0.0.0/-1\" is no network: write it as 10.0.0.0/8")]
    [InlineData("""http_config { allow_write_http_from = ["::/129"] }""", "http_config.allow_write_http_from: \"::/129\" is no network: write it as 10.0.0.0/8")]
    [InlineData("""http_config { allow_write_http_from = ["192.168/16"] }""", "http_config.allow_write_http_from: \"192.168/16\" is no network: write it as 10.0.0.0/8")]
    [InlineData("""http_config { allow_write_http_from = ["10/8"] }""", "http_config.allow_write_http_from: \"10/8\" is no network: write it as 10.0.0.0/8")]
    [InlineData("""http_config { allow_write_http_from = ["0x7f.0.0.1/8"] }""", "http_config.allow_write_http_from: \"0x7f.0.0.1/8\" is no network: write it as 10.0.0.0/8")]
    [InlineData("""http_config { allow_write_http_from = ["[::1]:80/128"] }""", "http_config.allow_write_http_from: \"[::1]:80/128\" is no network: write it as 10.0.0.0/8")]
    [InlineData("""http_config { allow_write_http_from = ["fe80::1%1/64"] }""", "http_config.allow_write_http_from: \"fe80::1%1/64\" is no network: write it as 10.0.0.0/8")]
    [InlineData("""http_config { allow_write_http_from = ["/8"] }""", "http_config.allow_write_http_from: \"/8\" is no network: write it as 10.0.0.0/8")]
    [InlineData("""http_config { allow_write_http_from = [""] }""", "http_config.allow_write_http_from: \"\" is no network: write it as 10.0.0.0/8")]
    [InlineData("""ports { http = -1 }""", "HttpPort (-http-port) is -1, and there is neither HTTPS nor a unix socket")]
    [InlineData("""client_addr = "127.0.0.1 nowhere" """, "\"nowhere\" is no IP address. Set ClientAddress (-client)")]
    [InlineData("""client_addr = "127.0.0.1, ::1" """, "\"127.0.0.1,\" is no IP address")]
    [InlineData("""addresses { http = "127.0.0.1 unix:///x" }""", "addresses.http: this agent listens on one unix socket, or on addresses")]
    [InlineData("""bind_addr = "127.0.0.1 127.0.0.2" """, "\"127.0.0.1 127.0.0.2\" is not one IP address. Set BindAddress (-bind) to one of them")]
    [InlineData("""bind_addr = "1.2.3" """, "\"1.2.3\" is no IP address. Set BindAddress (-bind)")]
    [InlineData("""advertise_addr = "0.0.0.0" """, "Advertise address cannot be 0.0.0.0, :: or [::]. Set AdvertiseAddress (-advertise) to where others reach this machine, or leave it out")]
    [InlineData("""bind_addr = "0.0.0.0" advertise_addr = "::" """, "Advertise address cannot be 0.0.0.0, :: or [::]")]
    [InlineData("""advertise_addr_wan = "0.0.0.0" """, "Advertise WAN address cannot be 0.0.0.0, :: or [::]. Set AdvertiseWanAddress (-advertise-wan)")]
    [InlineData("""client_addr = "[::1]:80" """, "\"[::1]:80\" is no IP address")]
    [InlineData("""limits { max_probes = 0 }""", "(limits.max_probes) is less than 1")]
    [InlineData("""limits { max_scripts = 0 }""", "(limits.max_scripts) is less than 1")]
    [InlineData("""limits { max_watchers = 0 }""", "(limits.max_watchers) is less than 1")]
    [InlineData("""limits { max_memory = 1000 }""", "(limits.max_memory) is less than 32 MiB")]
    [InlineData("""limits { kv_max_value_size = 0 }""", "(limits.kv_max_value_size) is not from 1")]
    [InlineData("""limits { keep_alive_timeout = "0s" }""", "check limits.keep_alive_timeout")]
    public async Task WhatMakesNoSense_IsNamed(string hcl, string message)
    {
        var fault = await Assert.ThrowsAsync<ConsulAgentException>(async () => await (await StartAsync(hcl)).DisposeAsync());
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    private static async Task<ConsulAgent> StartAsync(string hcl, bool dedicated = false)
    {
        var configuration = new AgentConfiguration();
        configuration.AddText("test", hcl, "hcl");
        var options = configuration.ToOptions();
        options.HttpPort = options.HttpPort == 8500 ? 0 : options.HttpPort;
        (options.NodeName, options.DnsPort, options.DedicatedProcess) = ("n1", -1, dedicated);
        return await ConsulAgent.StartAsync(options);
    }

    private string Tls(bool verify)
    {
        using var certificate = _certificates.Issue("localhost");
        var (cert, key, ca) = (Path.Combine(_directory.FullName, "cert.pem"), Path.Combine(_directory.FullName, "key.pem"), Path.Combine(_directory.FullName, "ca.pem"));
        File.WriteAllText(cert, certificate.ExportCertificatePem());
        File.WriteAllText(key, certificate.GetECDsaPrivateKey()?.ExportPkcs8PrivateKeyPem() ?? certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(ca, _certificates.AuthorityPem);
        return $$"""ports { https = 0 } cert_file = "{{cert}}" key_file = "{{key}}" ca_file = "{{ca}}" verify_incoming = {{(verify ? "true" : "false")}}""";
    }

    private static HttpClient UnixClient(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    private HttpClient Client(X509Certificate2? certificate, SslProtocols versions = SslProtocols.None) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = versions,
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 server && _certificates.HasIssued(server),
            ClientCertificates = certificate is null ? null : [certificate],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
        },
    });

    /// <summary>Which certificate a new connection is shown.</summary>
    private async Task<string> SerialAsync(ConsulAgent agent)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, agent.HttpsAddress!.Port).WithinAsync();
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 server && _certificates.HasIssued(server) }).WithinAsync();
        return tls.RemoteCertificate!.GetSerialNumberString();
    }

    /// <summary>A connection on which a request was answered, so that it counts.</summary>
    private static async Task<TcpClient> ConnectAsync(ConsulAgent agent)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, agent.HttpAddress.Port).WithinAsync();
        await client.GetStream().WriteAsync("GET /v1/status/leader HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        Assert.NotEqual(0, await ReadAsync(client));
        return client;
    }

    /// <summary>Whether a connection is closed as soon as it is there.</summary>
    private static async Task<bool> IsClosedAsync(ConsulAgent agent)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, agent.HttpAddress.Port).WithinAsync();
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionReset)
        {
            // A reset that comes before this side has looked whether it is connected is what connecting ends with.
            return true;
        }

        return await ReadAsync(client) == 0;
    }

    private static async Task<int> ReadAsync(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[4096]).AsTask().WithinAsync();
        }
        catch (IOException)
        {
            // Reset, which is as closed as it gets.
            return 0;
        }
    }
}
