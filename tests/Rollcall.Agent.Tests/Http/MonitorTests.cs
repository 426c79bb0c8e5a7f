using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

public sealed class MonitorTests
{
    [Fact]
    public async Task WhatIsLogged_IsStreamed()
    {
        await using var agent = await AgentFixture.StartAsync();
        using var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        using var reader = new StreamReader(await http.GetStreamAsync("/v1/agent/monitor?loglevel=debug").WithinAsync());

        await agent.PutAsync("agent/service/register", """{"Name":"web"}""");

        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[(INFO|DEBUG)\] +agent: .*web", await reader.ReadLineAsync().WithinAsync());
    }

    [Theory]
    [InlineData("GET", "kv/a%2Fb?near=a%20b", "/v1/kv/a%2Fb?near=a%20b")]
    [InlineData("GET", "catalog/nodes", "/v1/catalog/nodes")]
    [InlineData("DELETE", "catalog/nodes?dc=nope", "/v1/catalog/nodes?dc=nope")]
    [InlineData("GET", "catalog/nodes?dc=nope", "/v1/catalog/nodes?dc=nope")]
    [InlineData("GET", "kv/a?raw&token=secret", "/v1/kv/a?raw&token=<hidden>")]
    [InlineData("GET", "acl/info/secret?x=1", "/v1/acl/info/<hidden>")]
    public async Task Requests_AreStreamed_WithoutTheirTokens(string method, string path, string url)
    {
        await using var agent = await AgentFixture.StartAsync();
        using var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        using var reader = new StreamReader(await http.GetStreamAsync("/v1/agent/monitor?loglevel=debug").WithinAsync());

        _ = await agent.SendAsync(method, path);

        Assert.Matches(
            $@"Z \[DEBUG\] agent\.http: Request finished: method={method} url={Regex.Escape(url)} from=127\.0\.0\.1:\d+ latency=0s$", await reader.ReadLineAsync().WithinAsync());
        Assert.DoesNotContain(agent.Log.Entries, static entry => entry.Message.Contains("cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_AreNotStreamedAboveDebug()
    {
        await using var agent = await AgentFixture.StartAsync();
        using var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        using var reader = new StreamReader(await http.GetStreamAsync("/v1/agent/monitor").WithinAsync());

        _ = await agent.GetAsync("catalog/nodes");
        await agent.PutAsync("agent/service/register", """{"Name":"web"}""");
        await agent.PutAsync("agent/service/deregister/web");

        Assert.Contains("web", await reader.ReadLineAsync().WithinAsync(), StringComparison.Ordinal);
        Assert.Contains("web", await reader.ReadLineAsync().WithinAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task QueryThatWaited_TookAsLong()
    {
        await using var agent = await AgentFixture.StartAsync();
        var waiting = await agent.BlockAsync("catalog/services", await agent.IndexAsync("catalog/services"));
        agent.Time.Advance(TimeSpan.FromSeconds(90));
        await agent.PutAsync("agent/service/register", """{"Name":"web"}""");
        _ = await waiting.WithinAsync();

        await Eventually.TrueAsync(() => agent.Log.Entries.Any(static entry => entry.Message.EndsWith(" latency=1m30s", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task AskedForJson_StreamsAnObjectALine()
    {
        await using var agent = await AgentFixture.StartAsync();
        using var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        using var reader = new StreamReader(await http.GetStreamAsync("/v1/agent/monitor?loglevel=trace&logjson").WithinAsync());

        await agent.PutAsync("agent/service/register", """{"Name":"web"}""");

        var line = JsonNode.Parse((await reader.ReadLineAsync().WithinAsync())!)!;
        Assert.Equal("agent", (string)line["@module"]!);
        Assert.Contains("web", (string)line["@message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReloadsAndWhatIsNotOfTheNode_AreStreamed_Too()
    {
        using var server = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
        server.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        var recursor = server.LocalEndPoint!.ToString()!;
        server.Dispose();
        var text = "node_name = \"n1\"";
        AgentConfiguration Read()
        {
            var configuration = new AgentConfiguration();
            configuration.AddText("test", text);
            return configuration;
        }

        await using var agent = await AgentFixture.StartAsync(configuration: Read, configure: options =>
        {
            options.DnsPort = 0;
            options.Dns.Recursors.Add(recursor);
        });
        agent.Log.Expect(static entry => entry.EventId.Id == 104);
        using var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        using var reader = new StreamReader(await http.GetStreamAsync("/v1/agent/monitor?loglevel=debug").WithinAsync());

        // Also each request is logged.
        async Task<string?> NextAsync()
        {
            var line = await reader.ReadLineAsync().WithinAsync();
            return line?.Contains("Request finished", StringComparison.Ordinal) == true ? await NextAsync() : line;
        }

        await agent.PutAsync("agent/reload");
        Assert.EndsWith("[INFO]  agent: Configuration reloaded", await NextAsync(), StringComparison.Ordinal);
        text = "nope = 1";
        await agent.SendAsync("PUT", "agent/reload");
        Assert.EndsWith(
            "[ERROR] agent: Reload config failed, and nothing was changed: failed to parse test: 1 error occurred:  * invalid config key nope ",
            await NextAsync(),
            StringComparison.Ordinal);

        _ = await DnsProbe.AskAsync(agent.Agent.DnsEndPoint!, "www.example.org", Rollcall.Dns.DnsType.A);
        Assert.Contains($"agent: The DNS server {recursor} did not answer", await NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AgentStops_StreamEnds()
    {
        await using var agent = await AgentFixture.StartAsync();
        using var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        using var reader = new StreamReader(await http.GetStreamAsync("/v1/agent/monitor?loglevel=err").WithinAsync());

        var stopping = agent.Agent.StopAsync();

        Assert.Equal("", await reader.ReadToEndAsync().WithinAsync());
        await stopping.WithinAsync();
    }
}
