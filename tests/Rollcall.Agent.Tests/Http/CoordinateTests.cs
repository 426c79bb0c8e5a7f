namespace Rollcall.Agent.Tests.Http;

public sealed class CoordinateTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rollcall-").FullName;

    [Fact]
    public async Task OwnNode_IsAtTheOriginFromTheStart()
    {
        await using var agent = await AgentFixture.StartAsync();

        Assert.Equal(
            """[{"Node":"n1","Segment":"","Coord":{"Vec":[0,0,0,0,0,0,0,0],"Error":1.5,"Adjustment":0,"Height":0.00001}}]""",
            (await agent.GetAsync("coordinate/nodes")).Body);
    }

    [Fact]
    public async Task NodeThatGoes_TakesItsCoordinateWithIt()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("catalog/register", """{"Node":"away","Address":"10.0.0.1"}""");
        await agent.PutAsync("coordinate/update", """{"Node":"away","Coord":{"Vec":[0.25,0,0,0,0,0,0,0],"Error":0.5,"Height":1e-9,"Adjustment":-0.5}}""");
        Assert.Equal(
            """[{"Node":"away","Segment":"","Coord":{"Vec":[0.25,0,0,0,0,0,0,0],"Error":0.5,"Adjustment":-0.5,"Height":1e-9}}]""",
            (await agent.GetAsync("coordinate/node/away")).Body);

        await agent.PutAsync("catalog/deregister", """{"Node":"away"}""");

        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await agent.GetAsync("coordinate/node/away")).Status);
    }

    [Fact]
    public async Task CoordinatesAndAutopilot_AreThereAfterARestart()
    {
        await using (var before = await AgentFixture.StartAsync(_directory))
        {
            await before.PutAsync("coordinate/update", """{"Node":"n1","Coord":{"Vec":[1,2,3,4,5,6,7,8],"Error":0.5,"Height":0.25,"Adjustment":0}}""");
            await before.PutAsync("operator/autopilot/configuration", """{"LastContactThreshold":"7s","MinQuorum":3}""");
        }

        await using var after = await AgentFixture.StartAsync(_directory);

        Assert.Contains("[1,2,3,4,5,6,7,8]", (await after.GetAsync("coordinate/node/n1")).Body, StringComparison.Ordinal);
        var settings = (await after.GetAsync("operator/autopilot/configuration")).Json!;
        Assert.Equal(("7s", 3), ((string)settings["LastContactThreshold"]!, (int)settings["MinQuorum"]!));
        Assert.True((int)settings["CreateIndex"]! < (int)settings["ModifyIndex"]!);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
