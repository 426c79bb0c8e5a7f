using System.Net;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

public sealed class ConfigEntryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rollcall-").FullName;

    [Fact]
    public async Task Entries_AreThereAfterARestart()
    {
        await using (var before = await AgentFixture.StartAsync(_directory))
        {
            await before.PutAsync("config", """{"Kind":"service-defaults","Name":"web","Protocol":"grpc","Meta":{"k":"v"}}""");
            await before.PutAsync("config", """{"Kind":"proxy-defaults","Name":"global","Config":{"b":[1,"x"],"a":{}}}""");
            await before.PutAsync("config", """{"Kind":"service-defaults","Name":"gone","Protocol":"grpc"}""");
            Assert.Equal("{}", (await before.SendAsync("DELETE", "config/service-defaults/gone")).Body);
        }

        await using var after = await AgentFixture.StartAsync(_directory);

        Assert.Single((await after.GetAsync("config/service-defaults")).Json!.AsArray());
        Assert.StartsWith(
            """{"Kind":"service-defaults","Name":"web","Protocol":"grpc","MeshGateway":{},"Expose":{},"Meta":{"k":"v"},""",
            (await after.GetAsync("config/service-defaults/web")).Body,
            StringComparison.Ordinal);
        Assert.Contains("""
            "Config":{"a":{},"b":[1,"x"]}
            """, (await after.GetAsync("config/proxy-defaults/global")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewEntry_WakesWhoWaits()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("config", """{"Kind":"service-defaults","Name":"a"}""");
        var pending = await agent.BlockAsync("config/service-defaults", await agent.IndexAsync("config/service-defaults"));

        await agent.PutAsync("config", """{"Kind":"service-defaults","Name":"b"}""");

        Assert.Equal(2, (await pending.WithinAsync()).Json!.AsArray().Count);
    }

    [Fact]
    public async Task KindOfTheMesh_IsRefusedByName()
    {
        await using var agent = await AgentFixture.StartAsync();

        var answer = await agent.SendAsync("PUT", "config", """{"Kind":"service-router","Name":"a"}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("no service mesh", answer.Body, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
