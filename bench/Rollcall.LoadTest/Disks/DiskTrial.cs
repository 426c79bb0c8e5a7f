using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Rollcall.LoadTest.Agents;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Disks;

/// <summary>An agent on a disk that fails when it is told to.</summary>
internal sealed class DiskTrial(string work, DiskControl control)
{
    private const int Writers = 8;
    private const int PointsPerStart = 10;

    private readonly string _disk = Path.Combine(work, "disk");
    private readonly Random _random = new(1);
    private readonly HashSet<string> _acknowledged = [];

    // Of the token that the agent was given last, what its file may hold: the last that was acknowledged, null for none, and those that were refused since.
    private readonly List<string?> _tokens = [null];
    private int _tokensGiven;

    public DiskReport Report { get; } = new();

    /// <summary>The disk fails again and again while eight write; every few times the agent is killed and has to start with all that it acknowledged.</summary>
    public async Task FailUnderWritesAsync(int points, CancellationToken cancel)
    {
        for (var point = 0; point < points;)
        {
            var (process, http) = await StartAsync("data");
            using var owned = process;
            using var client = http;
            await CheckAsync(http, since: null, cancel);
            for (var i = 0; i < PointsPerStart && point < points; i++, point++)
            {
                await FailOnceAsync(http, point, cancel);
            }

            // Now and then it dies of it: while the disk still fails.
            control.Fail(0, _random.Next(2) * long.MaxValue, DiskControl.InputOutput, torn: false);
            process.Kill();
            control.Heal();
        }

        await RestartAsync("data", cancel);
    }

    /// <summary>
    /// The disk fails in the middle of starts, in the directory of before and in such that are new: the agent starts or says why not, and the next start, on a
    /// disk that is well, has everything. At each call that a start makes it fails once, and in new directories, elsewhere at some, from it on until it is healed.
    /// </summary>
    /// <param name="starts">How many starts, spread over all; null: all.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task FailInStartsAsync(int? starts, CancellationToken cancel)
    {
        Report.CallsOfStart = await CallsOfStartAsync("data", DiskCalls.All);
        Report.CallsOfFirstStart = await CallsOfStartAsync("new/data", DiskCalls.All);
        var all = new List<(bool IsNew, long After, long Count)>();
        for (var after = 0; after < Math.Max(Report.CallsOfStart, Report.CallsOfFirstStart); after++)
        {
            foreach (var isNew in new[] { false, true }.Where(isNew => after < (isNew ? Report.CallsOfFirstStart : Report.CallsOfStart)))
            {
                all.Add((isNew, after, 1));
                if (isNew || after % PointsPerStart == 0)
                {
                    all.Add((isNew, after, long.MaxValue));
                }
            }
        }

        var count = Math.Min(starts ?? all.Count, all.Count);
        for (var start = 0; start < count; start++)
        {
            var (isNew, after, calls) = all[(int)((long)start * all.Count / count)];
            var directory = isNew ? string.Create(CultureInfo.InvariantCulture, $"new-{start}/data") : "data";
            control.Fail(after, calls, start % 5 == 0 ? DiskControl.NoSpace : DiskControl.InputOutput, torn: start % 7 == 0);
            _ = await IsTakenAsync(directory);
            await RestartAsync(directory, cancel);
        }

        Report.FailedStarts = count;

        // What is new is there after a power cut only when the directories were synced that have its name, those above it, too.
        var syncs = await CallsOfStartAsync("synced/data", DiskCalls.SyncOfDirectory);
        for (var after = 0; after < syncs; after++)
        {
            control.Fail(after, long.MaxValue, DiskControl.InputOutput, torn: false, DiskCalls.SyncOfDirectory);
            Report.Unsynced += await IsTakenAsync(string.Create(CultureInfo.InvariantCulture, $"unsynced-{after}/data")) ? 1 : 0;
        }

        Report.Failed(control);
    }

    private async Task<long> CallsOfStartAsync(string directory, DiskCalls kinds)
    {
        var before = control.Count(kinds);
        var (process, http) = await StartAsync(directory);
        using var owned = process;
        http.Dispose();
        return control.Count(kinds) - before;
    }

    /// <summary>Whether the agent starts on the disk as it is. Heals it.</summary>
    private async Task<bool> IsTakenAsync(string directory)
    {
        try
        {
            var (process, http) = await StartAsync(directory);
            using var owned = process;
            http.Dispose();
            return true;
        }
        catch (ServerEndedException ended)
        {
            Report.StartsRefused++;
            Report.Unexplained += ended.ExitCode == AgentServer.Refused ? 0 : 1;
            return false;
        }
        finally
        {
            control.Heal();
        }
    }

    private async Task FailOnceAsync(HttpClient http, int point, CancellationToken cancel)
    {
        // Renames and the other calls about names are few: so that they fail as often, sometimes only they do.
        var kinds = (point % 10) switch
        {
            2 => DiskCalls.Rename,
            4 => DiskCalls.SyncOfDirectory,
            6 => DiskCalls.Rename | DiskCalls.Delete,
            8 => DiskCalls.Make,
            9 => DiskCalls.Sync,
            _ => DiskCalls.All,
        };
        var count = _random.Next(4) switch { 0 => 1L, 1 => 2, 2 => 5, _ => long.MaxValue };
        var after = _random.Next(kinds == DiskCalls.All ? 16 : 2);
        var noSync = point % 20 < 10 && (kinds is DiskCalls.Sync or DiskCalls.SyncOfDirectory);
        (count, after) = noSync ? (long.MaxValue, 0) : (count, after);
        control.Fail(after, count, _random.Next(2) == 0 ? DiskControl.InputOutput : DiskControl.NoSpace, torn: _random.Next(3) == 0, kinds);
        var writes = new Dictionary<string, bool>();
        for (var round = 0; round < 3; round++)
        {
            var keys = Enumerable.Range(0, Writers).Select(writer => string.Create(CultureInfo.InvariantCulture, $"{point}-{round}-{writer}")).ToList();
            var token = GiveTokenAsync(http, cancel);
            var answers = await Task.WhenAll(keys.Select(key => WriteAsync(http, key, cancel)));
            foreach (var (key, done) in keys.Zip(answers))
            {
                writes.Add(key, done);
            }

            Report.Unsynced += await token && noSync ? 1 : 0;
            using var read = await http.GetAsync("catalog/services", cancel);
            Report.ReadsFailed += read.IsSuccessStatusCode ? 0 : 1;
        }

        control.Heal();
        Report.Failed(control);
        Report.Stuck += await WriteAsync(http, $"{point}-after", cancel) ? 0 : 1;
        Report.Stuck += point % 2 == 0 && !await GiveTokenAsync(http, cancel) ? 1 : 0;
        await CheckAsync(http, writes, cancel);
    }

    /// <summary>Gives the agent a token that it keeps in a file, which it replaces as a whole. Not at the same time as another.</summary>
    private async Task<bool> GiveTokenAsync(HttpClient http, CancellationToken cancel)
    {
        var token = string.Create(CultureInfo.InvariantCulture, $"token-{++_tokensGiven}");

        // There is nothing to replicate: this token changes nothing else.
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"Token":"{{token}}"}"""));
        using var answer = await http.PutAsync("agent/token/replication", content, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        var done = answer.StatusCode == HttpStatusCode.OK;
        lock (_acknowledged)
        {
            if (done)
            {
                _tokens.Clear();
                Report.Acknowledged++;
            }
            else
            {
                Report.Refused++;
                Report.Unexplained += answer.StatusCode == HttpStatusCode.InternalServerError && text.StartsWith("Failed to persist tokens - ", StringComparison.Ordinal) ? 0 : 1;
            }
        }

        _tokens.Add(token);
        return done;
    }

    private async Task<bool> WriteAsync(HttpClient http, string key, CancellationToken cancel)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(new string('x', 3000)));
        using var answer = await http.PutAsync($"kv/disk/{key}", content, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        var done = answer.StatusCode == HttpStatusCode.OK && text.Trim() == "true";
        lock (_acknowledged)
        {
            if (done)
            {
                _acknowledged.Add($"disk/{key}");
                Report.Acknowledged++;
            }
            else
            {
                Report.Refused++;
                Report.Unexplained += answer.StatusCode == HttpStatusCode.InternalServerError && text.Contains("agent.db", StringComparison.Ordinal) ? 0 : 1;
            }
        }

        return done;
    }

    /// <summary>Whether all that was acknowledged is there, and nothing of what was refused since the agent started.</summary>
    private async Task CheckAsync(HttpClient http, Dictionary<string, bool>? since, CancellationToken cancel)
    {
        using var answer = await http.GetAsync("kv/disk?keys", cancel);
        var keys = answer.StatusCode == HttpStatusCode.NotFound
            ? []
            : JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancel))!.AsArray().Select(key => key!.GetValue<string>()).ToHashSet();
        Report.Lost += _acknowledged.Count(key => !keys.Contains(key));
        Report.Kept += since?.Count(write => !write.Value && keys.Contains($"disk/{write.Key}")) ?? 0;
        Report.Lost += _tokens.Contains(await TokenInFileAsync(cancel)) ? 0 : 1;
    }

    // Half a file would be as bad as none.
    private async Task<string?> TokenInFileAsync(CancellationToken cancel)
    {
        var file = Path.Combine(_disk, "data", "acl-tokens.json");
        return File.Exists(file) ? JsonNode.Parse(await File.ReadAllTextAsync(file, cancel))!["replication"]?.GetValue<string>() : null;
    }

    private async Task RestartAsync(string directory, CancellationToken cancel)
    {
        var (process, http) = await StartAsync(directory);
        using var owned = process;
        using var client = http;
        Report.Restarts++;
        if (directory == "data")
        {
            await CheckAsync(http, since: null, cancel);
        }
    }

    private async Task<(ServerProcess Process, HttpClient Http)> StartAsync(string directory)
    {
        var started = Stopwatch.GetTimestamp();
        var (process, address) = await AgentServer.StartAsync(dataDirectory: Path.Combine(_disk, directory), keepTokens: true, environment: new()
        {
            ["LD_PRELOAD"] = Path.Combine(work, "failing-disk.so"),
            ["FAILING_DISK_CONTROL"] = control.Path,
            ["FAILING_DISK_DIRECTORY"] = _disk,
        });
        Report.Started(Stopwatch.GetElapsedTime(started), process.Scheduling);
        return (process, new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(address, "/v1/") });
    }
}
