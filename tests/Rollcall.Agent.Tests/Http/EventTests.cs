using System.Globalization;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

public sealed class EventTests
{
    [Fact]
    public async Task NewEvent_WakesWhoWaitsForItsName()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("event/fire/deploy", "1");
        var pending = await agent.BlockAsync("event/list?name=deploy", await agent.IndexAsync("event/list?name=deploy"));

        await agent.PutAsync("event/fire/deploy", "2");

        var answer = await pending.WithinAsync();
        Assert.Equal(["MQ==", "Mg=="], answer.Json!.AsArray().Select(static item => (string)item!["Payload"]!));
    }

    [Fact]
    public async Task NoEventYet_FirstOneWakesWhoWaits()
    {
        await using var agent = await AgentFixture.StartAsync();
        var pending = await agent.BlockAsync("event/list", 1);

        await agent.PutAsync("event/fire/first");

        Assert.Single((await pending.WithinAsync()).Json!.AsArray());
    }

    [Fact]
    public async Task IndexOfAnotherEvent_AnswersAtOnce()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("event/fire/a");
        var old = await agent.IndexAsync("event/list");
        await agent.PutAsync("event/fire/b");

        // Indexes of events are hashes: an old one may be the larger.
        Assert.Equal(2, (await agent.GetAsync($"event/list?index={old}&wait=10m")).Json!.AsArray().Count);
    }

    [Theory]
    [InlineData("^[[:lower:]][[:digit:]]$", true)]
    [InlineData("^(?P<letter>\\pL)\\d$", true)]
    [InlineData("^\\pN", false)]
    public async Task FilterByNode_IsGos(string pattern, bool concerns)
    {
        await using var agent = await AgentFixture.StartAsync();

        await agent.PutAsync($"event/fire/deploy?node={Uri.EscapeDataString(pattern)}");

        Assert.Equal(concerns ? 1 : 0, (await agent.GetAsync("event/list")).Json!.AsArray().Count);
    }

    [Fact]
    public async Task MoreThan256Events_TheOldestAreForgotten()
    {
        await using var agent = await AgentFixture.StartAsync();
        for (var i = 0; i < 260; i++)
        {
            await agent.PutAsync(string.Create(CultureInfo.InvariantCulture, $"event/fire/e{i}"));
        }

        var events = (await agent.GetAsync("event/list")).Json!.AsArray();

        Assert.Equal(256, events.Count);
        Assert.Equal(("e4", "e259"), ((string)events[0]!["Name"]!, (string)events[255]!["Name"]!));
    }
}
