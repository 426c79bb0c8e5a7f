using System.Text.Json.Nodes;
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
