using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Rollcall.Agent.Durability;
using Rollcall.Agent.Store.Durability;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Snapshots;

public sealed class SnapshotTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rollcall-").FullName;

    [Fact]
    public async Task RestoredState_IsThereAfterARestart()
    {
        byte[] archive;
        await using (var other = await AgentFixture.StartAsync())
        {
            await other.PutAsync("kv/restored", "1");
            archive = await SaveAsync(other);
        }

        await using (var before = await AgentFixture.StartAsync(_directory))
        {
            await before.PutAsync("kv/gone", "1");
            await before.PutAsync("session/create");
            await before.PutAsync("agent/service/register", """{"Name":"web","Check":{"TTL":"10m","Status":"passing"}}""");
            Assert.Equal((HttpStatusCode.OK, ""), await RestoreAsync(before, archive));
        }

        await using var after = await AgentFixture.StartAsync(_directory);

        Assert.Equal("""["restored"]""", (await after.GetAsync("kv/?keys")).Body);
        Assert.Equal("[]", (await after.GetAsync("session/list")).Body);

        // What is registered on the agent is the agent's, not the snapshot's.
        Assert.Equal("passing", (string)(await after.GetAsync("health/checks/web")).Json![0]!["Status"]!);
    }

    // So that nobody's next write has to put them there.
    [Fact]
    public async Task LargeRestore_IsInItsPlacesAtOnce_AndKept()
    {
        const int Count = 20;
        byte[] archive;
        await using (var other = await AgentFixture.StartAsync())
        {
            for (var i = 0; i < Count; i++)
            {
                await other.PutAsync($"kv/large/{i}", new string('a', 400_000));
            }

            archive = await SaveAsync(other);
        }

        await using (var before = await AgentFixture.StartAsync(_directory))
        {
            await before.PutAsync("kv/gone", "1");
            await before.PutAsync("kv/large/0", "1");
            Assert.Equal((HttpStatusCode.OK, ""), await RestoreAsync(before, archive));
        }

        using (var file = SqliteFile.Open(Path.Combine(_directory, "agent.db")))
        {
            Assert.Equal(Count, file.ReadNumber($"SELECT count(*) FROM rows WHERE kind = {(int)StoreTable.Kv}"));
            Assert.Equal(0, file.ReadNumber("SELECT count(*) FROM log"));
        }

        ulong index;
        await using (var after = await AgentFixture.StartAsync(_directory))
        {
            Assert.Equal(Count, (await after.GetAsync("kv/?keys")).Json!.AsArray().Count);
            await after.PutAsync("kv/large/0", "2");
            index = await after.IndexAsync("kv/large/0");
        }

        await using var last = await AgentFixture.StartAsync(_directory);
        Assert.Equal("2", (await last.GetAsync("kv/large/0?raw")).Body);
        Assert.Equal(index, await last.IndexAsync("kv/large/0"));
    }

    [Fact]
    public async Task RestoredRulesAndRecords_AreThereAfterARestart_AndThoseBeforeAreGone()
    {
        const string Master = "11111111-1111-1111-1111-111111111111";
        var acl = new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master };
        byte[] archive;
        await using (var other = await AgentFixture.StartAsync(acl: acl))
        {
            other.Token = Master;
            await FillAsync(other, "kept");
            archive = await SaveAsync(other);
        }

        await using (var before = await AgentFixture.StartAsync(_directory, acl: acl))
        {
            before.Token = Master;
            await FillAsync(before, "gone");
            Assert.Equal((HttpStatusCode.OK, ""), await RestoreAsync(before, archive));
            await CheckAsync(before);
        }

        await using var after = await AgentFixture.StartAsync(_directory, acl: acl);
        after.Token = Master;
        await CheckAsync(after);

        static async Task FillAsync(AgentFixture agent, string name)
        {
            await agent.PutAsync("acl/policy", $$"""{"Name":"{{name}}"}""");
            await agent.PutAsync("acl/role", $$"""{"Name":"{{name}}","Policies":[{"Name":"{{name}}"}]}""");
            await agent.PutAsync("acl/token", $$"""{"Description":"{{name}}","Roles":[{"Name":"{{name}}"}]}""");
            await agent.PutAsync("config", $$"""{"Kind":"service-resolver","Name":"{{name}}","ConnectTimeout":"5s"}""");
            Assert.Equal(HttpStatusCode.OK, (await agent.SendAsync("POST", "connect/intentions", $$"""{"SourceName":"{{name}}","DestinationName":"b","Action":"allow"}""")).Status);
        }

        static async Task CheckAsync(AgentFixture agent)
        {
            foreach (var path in new[] { "acl/policies", "acl/roles", "acl/tokens", "config/", "connect/intentions" })
            {
                var body = (await agent.GetAsync(path)).Body;
                Assert.Contains("\"kept\"", body, StringComparison.Ordinal);
                Assert.DoesNotContain("\"gone\"", body, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task RestoreOfAnArchiveWithoutRules_LeavesTheMasterToken()
    {
        const string Master = "11111111-1111-1111-1111-111111111111";
        byte[] archive;
        await using (var other = await AgentFixture.StartAsync())
        {
            archive = await SaveAsync(other);
        }

        await using var agent = await AgentFixture.StartAsync(acl: new AclOptions { Enabled = true, AllowByDefault = false, MasterToken = Master });
        agent.Token = Master;
        Assert.Equal((HttpStatusCode.OK, ""), await RestoreAsync(agent, archive));

        Assert.Equal(2, (await agent.GetAsync("acl/tokens")).Json!.AsArray().Count);
    }

    [Fact]
    public async Task Restore_EndsAllWaits()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("kv/a", "1");
        var archive = await SaveAsync(agent);
        await agent.PutAsync("kv/a", "2");
        await agent.PutAsync("kv/b", "3");
        var waits = new[]
        {
            await agent.BlockAsync("kv/a", await agent.IndexAsync("kv/a")), await agent.BlockAsync("kv/?recurse", await agent.IndexAsync("kv/?recurse")),
            await agent.BlockAsync("health/service/none", await agent.IndexAsync("health/service/none")),
        };

        Assert.Equal((HttpStatusCode.OK, ""), await RestoreAsync(agent, archive));

        // The key has the index that it had then: it went back, which clients have to be told at once.
        Assert.Equal("MQ==", (string)(await waits[0].WithinAsync()).Json![0]!["Value"]!);
        Assert.Single((await waits[1].WithinAsync()).Json!.AsArray());
        await waits[2].WithinAsync();
    }

    [Fact]
    public async Task SessionWithTtl_EndsAfterTheRestore()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("session/create", """{"TTL":"10s"}""");
        var archive = await SaveAsync(agent);
        Assert.Equal((HttpStatusCode.OK, ""), await RestoreAsync(agent, archive));
        Assert.Single((await agent.GetAsync("session/list")).Json!.AsArray());

        agent.Time.Advance(TimeSpan.FromSeconds(21));

        await Eventually.TrueAsync(async () => (await agent.GetAsync("session/list")).Body == "[]");
    }

    [Fact]
    public async Task DamagedArchive_IsRefusedAndChangesNothing()
    {
        await using var agent = await AgentFixture.StartAsync();
        await agent.PutAsync("kv/a", "1");
        var archive = await SaveAsync(agent);
        await agent.PutAsync("kv/a", "2");

        Assert.Equal((HttpStatusCode.InternalServerError, "failed to decompress snapshot: EOF"), await RestoreAsync(agent, []));
        Assert.Equal((HttpStatusCode.InternalServerError, "failed to decompress snapshot: unexpected EOF"), await RestoreAsync(agent, archive[..5]));
        Assert.Equal((HttpStatusCode.InternalServerError, "failed to decompress snapshot: gzip: invalid header"), await RestoreAsync(agent, new byte[100]));
        for (var cut = 20; cut < archive.Length; cut += 97)
        {
            var (status, text) = await RestoreAsync(agent, archive[..cut]);
            Assert.True(status == HttpStatusCode.InternalServerError && text.StartsWith("failed to read snapshot file: ", StringComparison.Ordinal), $"cut at {cut}: {status} {text}");
        }

        Assert.Equal("2", (await agent.GetAsync("kv/a?raw")).Body);
    }

    [Fact]
    public async Task ArchiveWithAPartTwice_IsRefused()
    {
        await using var agent = await AgentFixture.StartAsync();
        using var archive = new MemoryStream();
        await using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        await using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            for (var i = 0; i < 2; i++)
            {
                await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, "state.bin") { DataStream = new MemoryStream([1]) });
            }
        }

        Assert.Equal(
            (HttpStatusCode.InternalServerError, "failed to read snapshot file: \"state.bin\" is in it twice"), await RestoreAsync(agent, archive.ToArray()));
    }

    [Fact]
    public async Task LargeArchive_IsTaken()
    {
        await using var agent = await AgentFixture.StartAsync();
        var noise = new byte[500_000];
        new Random(1).NextBytes(noise);
        for (var i = 0; i < 5; i++)
        {
            await agent.PutAsync($"kv/large/{i}", Convert.ToBase64String(noise)[(i * 1000)..(i * 1000 + 500_000)]);
        }

        var archive = await SaveAsync(agent);
        Assert.True(archive.Length > 1_500_000);
        _ = await agent.SendAsync("DELETE", "kv/?recurse");

        Assert.Equal((HttpStatusCode.OK, ""), await RestoreAsync(agent, archive));

        Assert.Equal(5, (await agent.GetAsync("kv/?keys")).Json!.AsArray().Count);
        Assert.Equal(5, ConsulSnapshot.Read(archive).Records.Single(static pair => pair.Key == "Kv").Value);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<byte[]> SaveAsync(AgentFixture agent)
    {
        using var http = Client(agent);
        return await http.GetByteArrayAsync("/v1/snapshot").WithinAsync();
    }

    private static async Task<(HttpStatusCode Status, string Text)> RestoreAsync(AgentFixture agent, byte[] archive)
    {
        using var http = Client(agent);
        using var content = new ByteArrayContent(archive);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var answer = await http.PutAsync("/v1/snapshot", content).WithinAsync();
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync().WithinAsync());
    }

    private static HttpClient Client(AgentFixture agent)
    {
        var http = new HttpClient { BaseAddress = agent.Agent.HttpAddress };
        if (agent.Token is not null)
        {
            http.DefaultRequestHeaders.Add("X-Consul-Token", agent.Token);
        }

        return http;
    }
}
