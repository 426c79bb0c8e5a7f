using System.Net;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Durability;

public sealed class SqliteJournalTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rollcall-agent-").FullName;

    [Fact]
    public async Task Restart_KeepsEverything()
    {
        string session;
        ulong index;
        await using (var agent = await StartAsync())
        {
            await agent.PutAsync("kv/a?flags=7", "value");
            await agent.PutAsync("kv/gone", "v");
            await agent.SendAsync("DELETE", "kv/gone");
            session = (await agent.SendAsync("PUT", "session/create", """{"Name":"s","TTL":"10s"}""")).Json!["ID"]!.GetValue<string>();
            await agent.PutAsync($"kv/lock?acquire={session}", "held");
            await agent.PutAsync("agent/service/register", """{"Name":"web","Port":80,"Check":{"TTL":"30s","Status":"passing"}}""");
            await agent.PutAsync("catalog/register", """{"Node":"away","Address":"10.0.0.1","Service":{"Service":"db","Port":5432}}""");
            index = await agent.IndexAsync("kv/?recurse");
        }

        await using (var agent = await StartAsync())
        {
            var pair = (await agent.GetAsync("kv/a")).Json![0]!;
            Assert.Equal("dmFsdWU=", pair["Value"]!.GetValue<string>());
            Assert.Equal(7, pair["Flags"]!.GetValue<int>());
            Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync("kv/gone")).Status);
            Assert.Equal(session, (await agent.GetAsync("kv/lock")).Json![0]!["Session"]!.GetValue<string>());
            Assert.Single((await agent.GetAsync("health/service/web?passing")).Json!.AsArray());
            Assert.Single((await agent.GetAsync("catalog/service/db")).Json!.AsArray());
            Assert.NotNull((await agent.GetAsync("agent/services")).Json!["web"]);
            Assert.True(await agent.IndexAsync("kv/?recurse") >= index);

            // What ran goes on: the session's TTL, and the check's.
            agent.Time.Advance(TimeSpan.FromSeconds(20));
            await Eventually.TrueAsync(async () => (await agent.GetAsync($"session/info/{session}")).Json!.AsArray().Count == 0);
            Assert.Single((await agent.GetAsync("health/service/web?passing")).Json!.AsArray());
            agent.Time.Advance(TimeSpan.FromSeconds(11));
            await Eventually.TrueAsync(async () => (await agent.GetAsync("health/service/web?passing")).Json!.AsArray().Count == 0);
        }
    }

    [Fact]
    public async Task AgentInMemory_LeavesNothing()
    {
        await using (await AgentFixture.StartAsync())
        {
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Fact]
    public async Task SecondAgent_IsRefused_AndNamesTheWayOut()
    {
        await using var agent = await StartAsync();

        var refusal = await Assert.ThrowsAsync<ConsulAgentException>(() => StartAsync());

        Assert.Contains("in use by another agent", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("-data-dir", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChangedByte_IsNoticed_AndNotStartedOn()
    {
        await using (var agent = await StartAsync())
        {
            await agent.PutAsync("kv/a", "a value that stands out");
        }

        var path = Path.Combine(_directory, "agent.db");
        var bytes = await File.ReadAllBytesAsync(path);
        var at = bytes.AsSpan().IndexOf("YSB2YWx1ZSB0aGF0IHN0YW5kcyBvdXQ="u8);
        Assert.True(at > 0);
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        var refusal = await Assert.ThrowsAsync<ConsulAgentException>(() => StartAsync());
        Assert.Contains("is damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("move the file away", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not a database at all, but long enough to have what would be a header in one, and then some more of it")]
    [InlineData("short")]
    public async Task ForeignFile_IsLeftAlone(string content)
    {
        var path = Path.Combine(_directory, "agent.db");
        await File.WriteAllTextAsync(path, content);

        var refusal = await Assert.ThrowsAsync<ConsulAgentException>(() => StartAsync());

        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task DirectoryThatCannotBeMade_IsNamed()
    {
        var file = Path.Combine(_directory, "file");
        await File.WriteAllTextAsync(file, "");

        var refusal = await Assert.ThrowsAsync<ConsulAgentException>(() => AgentFixture.StartAsync(Path.Combine(file, "below")));

        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyWriters_AreAllKept()
    {
        await using (var agent = await StartAsync())
        {
            await Task.WhenAll(Enumerable.Range(0, 200).Select(i => agent.PutAsync($"kv/many/{i:D3}", $"{i}")));
        }

        await using (var agent = await StartAsync())
        {
            Assert.Equal(200, (await agent.GetAsync("kv/many/?keys")).Json!.AsArray().Count);
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private Task<AgentFixture> StartAsync() => AgentFixture.StartAsync(_directory);
}
