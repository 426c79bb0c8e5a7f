using System.Globalization;
using System.Text.Json.Nodes;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

public sealed class IntentionTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rollcall-").FullName;

    [Fact]
    public async Task Intentions_AreThereAfterARestart()
    {
        string kept, before;
        await using (var agent = await AgentFixture.StartAsync(_directory))
        {
            kept = await CreateAsync(agent, """{"SourceName":"a","DestinationName":"b","Action":"allow","Description":"d","Meta":{"k":"v"},"DefaultAddr":"x","DefaultPort":1}""");
            var gone = await CreateAsync(agent, """{"SourceName":"*","DestinationName":"b","Action":"deny"}""");
            agent.Time.Advance(TimeSpan.FromSeconds(1));
            await agent.PutAsync($"connect/intentions/{kept}", """{"SourceName":"a","DestinationName":"c","Action":"deny","Meta":{"k":"w"}}""");
            Assert.Equal("true", (await agent.SendAsync("DELETE", $"connect/intentions/{gone}")).Body);
            before = (await agent.GetAsync("connect/intentions")).Body;
        }

        await using var after = await AgentFixture.StartAsync(_directory);

        Assert.Equal(before, (await after.GetAsync("connect/intentions")).Body);
        var only = Assert.Single(JsonNode.Parse(before)!.AsArray())!;
        Assert.Equal((kept, "c", "w"), (only["ID"]!.GetValue<string>(), only["DestinationName"]!.GetValue<string>(), only["Meta"]!["k"]!.GetValue<string>()));
        Assert.NotEqual(only["CreatedAt"]!.GetValue<string>(), only["UpdatedAt"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("connect/intentions")]
    [InlineData("connect/intentions/match?by=source&name=a")]
    [InlineData("connect/intentions/ID")]
    public async Task Change_WakesWhoWaits(string path)
    {
        await using var agent = await AgentFixture.StartAsync();
        var id = await CreateAsync(agent, """{"SourceName":"a","DestinationName":"b","Action":"allow"}""");
        var pending = await agent.BlockAsync(path.Replace("ID", id, StringComparison.Ordinal), await agent.IndexAsync("connect/intentions"));
        Assert.False(pending.IsCompleted);

        await agent.PutAsync($"connect/intentions/{id}", """{"SourceName":"a","DestinationName":"b","Action":"deny"}""");

        Assert.Contains("\"deny\"", (await pending.WithinAsync()).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "b", 9)]
    [InlineData("*", "b", 8)]
    [InlineData("a", "*", 6)]
    [InlineData("*", "*", 5)]
    public async Task Precedence_IsThatOfTheNames(string source, string destination, int expected)
    {
        await using var agent = await AgentFixture.StartAsync();

        _ = await CreateAsync(agent, $$"""{"SourceName":"{{source}}","DestinationName":"{{destination}}","Action":"allow","Precedence":1}""");

        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\"Precedence\":{expected},"), (await agent.GetAsync("connect/intentions")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "true", "Matched intention: ALLOW default/a =\\u003e default/b (ID: ")]
    [InlineData("c", "false", "Matched intention: DENY default/* =\\u003e default/b (ID: ")]
    public async Task Authorize_GoesByTheIntentionThatDecides(string caller, string allowed, string reason)
    {
        await using var agent = await AgentFixture.StartAsync();
        _ = await CreateAsync(agent, """{"SourceName":"a","DestinationName":"b","Action":"allow"}""");
        _ = await CreateAsync(agent, """{"SourceName":"*","DestinationName":"b","Action":"deny"}""");

        var answer = await agent.SendAsync("POST", "agent/connect/authorize", $$"""{"Target":"b","ClientCertURI":"spiffe://x.consul/ns/default/dc/dc1/svc/{{caller}}"}""");

        Assert.StartsWith($"{{\"Authorized\":{allowed},\"Reason\":\"{reason}", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connect/ca/roots")]
    [InlineData("connect/ca/configuration")]
    [InlineData("agent/connect/ca/leaf/web")]
    [InlineData("discovery-chain/web")]
    public async Task RequestForTheMesh_IsToldThatThereIsNone(string path)
    {
        await using var agent = await AgentFixture.StartAsync();

        Assert.Equal("Connect must be enabled in order to use this endpoint", (await agent.GetAsync(path)).Body);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<string> CreateAsync(AgentFixture agent, string body) =>
        JsonNode.Parse((await agent.SendAsync("POST", "connect/intentions", body)).Body)!["ID"]!.GetValue<string>();
}
