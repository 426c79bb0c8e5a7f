using System.Globalization;
using System.Net;
using Rollcall.Agent.Durability;
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
    public async Task Files_AreForTheirOwnerAlone()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var directory = Path.Combine(_directory, "new");
        await using var agent = await AgentFixture.StartAsync(directory);
        await agent.PutAsync("kv/secret", "v");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        Assert.NotEmpty(Directory.GetFiles(directory));
        foreach (var file in Directory.GetFiles(directory))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task Start_SaysWhatThereIs()
    {
        await using (var agent = await StartAsync())
        {
            Assert.Contains(agent.Log.Entries, static entry => entry.Message.EndsWith("agent.db is new: nothing is registered or stored yet", StringComparison.Ordinal));
            await agent.PutAsync("kv/a", "v");
        }

        await using (var agent = await StartAsync())
        {
            Assert.Contains(agent.Log.Entries, static entry => entry.Message.EndsWith(": 1 keys, 1 services, 0 sessions", StringComparison.Ordinal));
        }
    }

    // Older agents began at 1.
    [Fact]
    public void DirectoryWithASmallIndex_KeepsIt()
    {
        KilledJournal.Make(new DirectoryInfo(_directory), 2, static _ => 10);
        using var journal = KilledJournal.Open(_directory, out var root);

        Assert.Equal((2UL, 2), (root.Index, root.Kv.Count));
    }

    [Fact]
    public async Task DirectoryOfConsul_IsRefused()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "raft"));

        var fault = await Assert.ThrowsAsync<ConsulAgentException>(StartAsync);

        Assert.Contains("consul snapshot save FILE", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_directory, "agent.db")));
    }

    [Fact]
    public async Task FileThatMayNotBeWritten_IsToldApartFromADiskThatFails()
    {
        // Nobody may write to a directory as to a file.
        Directory.CreateDirectory(Path.Combine(_directory, "agent.db-wal"));
        var fault = await Assert.ThrowsAsync<ConsulAgentException>(StartAsync);

        Assert.Contains($"agent.db can't be written by user {Environment.UserName}", fault.Message, StringComparison.Ordinal);
        Assert.Contains("(-data-dir)", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DirectoryThatCannotBeMade_IsToldWithTheReason()
    {
        // Nobody may make one below a file.
        Directory.CreateDirectory(_directory);
        await File.WriteAllTextAsync(Path.Combine(_directory, "file"), "");
        var below = Path.Combine(_directory, "file", "below", "data");
        var fault = await Assert.ThrowsAsync<ConsulAgentException>(() => AgentFixture.StartAsync(below));

        Assert.StartsWith($"{below} can't be made", fault.Message, StringComparison.Ordinal);
        Assert.Contains("(-data-dir)", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("agent.db", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RestartUnderAnotherName_TakesItsRegistrationsAlong()
    {
        await using (var agent = await StartAsync())
        {
            await agent.PutAsync("agent/service/register", """{"Name":"web","Port":80,"Check":{"TTL":"30s","Status":"passing"}}""");
            await agent.PutAsync("agent/service/register", """{"Name":"bare"}""");
            await agent.PutAsync("agent/check/register", """{"Name":"disk","TTL":"30s"}""");
            await agent.PutAsync("catalog/register", """{"Node":"away","Address":"10.0.0.1","Service":{"Service":"db","Port":5432}}""");
        }

        await using (var agent = await AgentFixture.StartAsync(_directory, configure: static o => o.NodeName = "n2"))
        {
            Assert.Single(agent.Log.Entries, static entry => entry.Message.StartsWith("Removed 1 nodes of other agents", StringComparison.Ordinal) && entry.Message.EndsWith(": n1", StringComparison.Ordinal));
            Assert.Equal(["away", "n2"], (await agent.GetAsync("catalog/nodes")).Json!.AsArray().Select(static n => n!["Node"]!.GetValue<string>()));
            Assert.Equal("n2", Assert.Single((await agent.GetAsync("catalog/service/bare")).Json!.AsArray())!["Node"]!.GetValue<string>());
            var web = Assert.Single((await agent.GetAsync("health/service/web")).Json!.AsArray())!;
            Assert.Equal("n2", web["Node"]!["Node"]!.GetValue<string>());
            Assert.All(web["Checks"]!.AsArray(), static check => Assert.Equal("n2", check!["Node"]!.GetValue<string>()));
            Assert.Equal(3, web["Checks"]!.AsArray().Count);

            agent.Time.Advance(TimeSpan.FromSeconds(31));
            await Eventually.TrueAsync(async () => (await agent.GetAsync("health/service/web?passing")).Json!.AsArray().Count == 0);
        }

        await using (var agent = await AgentFixture.StartAsync(_directory, configure: static o => o.NodeName = "n2"))
        {
            Assert.DoesNotContain(agent.Log.Entries, static entry => entry.Message.StartsWith("Removed ", StringComparison.Ordinal));
            Assert.All((await agent.GetAsync("agent/checks")).Json!.AsObject(), static check => Assert.Equal("n2", check.Value!["Node"]!.GetValue<string>()));
        }
    }

    [Fact]
    public async Task ScriptFromBeforeScriptsWereSwitchedOff_IsNotRun()
    {
        var trace = Path.Combine(_directory, "trace");
        await using (var agent = await AgentFixture.StartAsync(_directory, configure: static o => o.EnableScriptChecks = true))
        {
            await agent.PutAsync("agent/check/register", $$"""{"Name":"s","Args":["touch","{{trace}}"],"Interval":"1h","Status":"passing"}""");
        }

        await using (var agent = await StartAsync())
        {
            var check = (await agent.GetAsync("agent/checks")).Json!["s"]!;
            Assert.Equal("critical", check["Status"]!.GetValue<string>());
            Assert.Contains("Scripts are disabled", check["Output"]!.GetValue<string>(), StringComparison.Ordinal);
            agent.Time.Advance(TimeSpan.FromHours(2));
        }

        Assert.False(File.Exists(trace));
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
        Assert.Contains("moved the file away", refusal.Message, StringComparison.Ordinal);
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

    [Fact]
    public async Task Put_IsInTheFileWhenItIsAnswered_AndTheSameAgainIsNotWritten()
    {
        await using var agent = await StartAsync();

        await agent.PutAsync("kv/a", "a value that stands out");
        var written = await ReadAsync("agent.db-wal");
        Assert.True(written.AsSpan().IndexOf("YSB2YWx1ZSB0aGF0IHN0YW5kcyBvdXQ="u8) > 0);

        await agent.PutAsync("kv/a", "a value that stands out");
        Assert.Equal(written, await ReadAsync("agent.db-wal"));
    }

    [Fact]
    public async Task LongLog_IsPutIntoItsPlaces_AndAllIsKept()
    {
        await using (var agent = await StartAsync())
        {
            await agent.PutAsync("kv/gone", "v");
            await agent.PutAsync("kv/changed", "early");
            await PutLongAsync(agent);
            await agent.SendAsync("DELETE", "kv/gone");
            await agent.PutAsync("kv/changed", "late");
        }

        Assert.True(Count("rows") > 0);
        await AssertKeptAsync();

        // Rows that are in their places are changed and deleted there, too.
        await using (var agent = await StartAsync())
        {
            await PutLongAsync(agent, 'b');
        }

        await AssertKeptAsync();
        Assert.InRange(Count("log"), 1, 10);

        async Task AssertKeptAsync()
        {
            await using var agent = await StartAsync();
            Assert.Equal(HttpStatusCode.NotFound, (await agent.GetAsync("kv/gone")).Status);
            Assert.Equal("late", (await agent.GetAsync("kv/changed?raw")).Body);
            Assert.Equal(8, (await agent.GetAsync("kv/long/?keys")).Json!.AsArray().Count);
        }
    }

    [Theory]
    [InlineData("UPDATE rows SET value = CAST(replace(CAST(value AS TEXT), 'dmFsdWU=', 'dmFsdWV=') AS BLOB)")]
    [InlineData("UPDATE rows SET value = CAST(value AS TEXT)")]
    public async Task ChangedRowInItsPlace_IsNoticed(string change)
    {
        await using (var agent = await StartAsync())
        {
            await agent.PutAsync("kv/a", "value");
            await PutLongAsync(agent);
        }

        Change(change);

        Assert.Contains("is damaged", (await Assert.ThrowsAsync<ConsulAgentException>(() => StartAsync())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE log SET last_index = last_index - 1")]
    [InlineData("UPDATE log SET rows = substr(rows, 1, length(rows) - 1)")]
    [InlineData("UPDATE log SET rows = x'00', sum = 0")]
    public async Task ChangedLog_IsNoticed(string change)
    {
        await using (var agent = await StartAsync())
        {
            await agent.PutAsync("kv/a", "value");
        }

        Change(change);

        Assert.Contains("is damaged", (await Assert.ThrowsAsync<ConsulAgentException>(() => StartAsync())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task FileOfAVersionBefore_IsTakenOver(int version)
    {
        var (name, value) = ("old"u8.ToArray(), """{"Key":"old","Value":"dmFsdWU=","Flags":7,"CreateIndex":90,"ModifyIndex":90}"""u8.ToArray());
        Change(string.Create(CultureInfo.InvariantCulture, $"""
            CREATE TABLE rows (kind INTEGER NOT NULL, name BLOB NOT NULL, value BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
            CREATE TABLE state (last_index INTEGER NOT NULL{(version == 3 ? ", in_use INTEGER NOT NULL" : "")});
            INSERT INTO state VALUES (90{(version == 3 ? ", 0" : "")});
            INSERT INTO rows VALUES (4, x'{Convert.ToHexString(name)}', x'{Convert.ToHexString(value)}', {RowCodec.Checksum(name, value)});
            {(version >= 2 ? "CREATE TABLE log (number INTEGER PRIMARY KEY, last_index INTEGER NOT NULL, rows BLOB NOT NULL, sum INTEGER NOT NULL);" : "")}
            PRAGMA application_id = {0x524C434C};
            PRAGMA user_version = {version};
            """));
        for (var start = 0; start < 2; start++)
        {
            await using var agent = await StartAsync();
            var pair = (await agent.GetAsync("kv/old")).Json![0]!;
            Assert.Equal((7, 90), (pair["Flags"]!.GetValue<int>(), pair["ModifyIndex"]!.GetValue<int>()));
            Assert.True(await agent.IndexAsync("kv/?recurse") >= 90);
            await agent.PutAsync("kv/new", string.Create(CultureInfo.InvariantCulture, $"{start}"));
        }
    }

    [Fact]
    public async Task FileOfALaterVersion_IsRefused()
    {
        await using (await StartAsync())
        {
        }

        Change("PRAGMA user_version = 5");

        Assert.Contains("another version", (await Assert.ThrowsAsync<ConsulAgentException>(() => StartAsync())).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private Task<AgentFixture> StartAsync() => AgentFixture.StartAsync(_directory);

    // More than the log may hold.
    private static async Task PutLongAsync(AgentFixture agent, char content = 'a')
    {
        var value = new string(content, 300_000);
        for (var i = 0; i < 8; i++)
        {
            await agent.PutAsync($"kv/long/{i}", value + i);
        }
    }

    private async Task<byte[]> ReadAsync(string file)
    {
        await using var stream = new FileStream(Path.Combine(_directory, file), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    private int Count(string table)
    {
        using var file = Open();
        return (int)file.ReadNumber($"SELECT count(*) FROM {table}");
    }

    private void Change(string text)
    {
        using var file = Open();
        file.Execute(text);
    }

    private SqliteFile Open() => SqliteFile.Open(Path.Combine(_directory, "agent.db"));
}
