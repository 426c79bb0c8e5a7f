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
    /// The disk fails in the middle of starts, every other one in a directory that is new: the agent starts or says why not, and the next start, on a
    /// disk that is well, has everything.
    /// </summary>
    public async Task FailInStartsAsync(int starts, CancellationToken cancel)
    {
        for (var start = 0; start < starts; start++)
        {
            var directory = start % 2 == 0 ? "data" : string.Create(CultureInfo.InvariantCulture, $"new-{start}");
            control.Fail(
                after: start / 2 % 20,
                count: start % 3 == 0 ? long.MaxValue : 1,
                start % 5 == 0 ? DiskControl.NoSpace : DiskControl.InputOutput,
                torn: start % 7 == 0);
            try
            {
                var (process, http) = await StartAsync(directory);
                using var owned = process;
                http.Dispose();
            }
            catch (InvalidOperationException)
            {
                Report.StartsRefused++;
            }

            control.Heal();
            Report.FailedCalls = control.Failed;
            await RestartAsync(directory, cancel);
        }
    }

    private async Task FailOnceAsync(HttpClient http, int point, CancellationToken cancel)
    {
        var count = _random.Next(4) switch { 0 => 1L, 1 => 2, 2 => 5, _ => long.MaxValue };
        control.Fail(_random.Next(12), count, _random.Next(2) == 0 ? DiskControl.InputOutput : DiskControl.NoSpace, torn: _random.Next(3) == 0);
        var writes = new Dictionary<string, bool>();
        for (var round = 0; round < 3; round++)
        {
            var keys = Enumerable.Range(0, Writers).Select(writer => string.Create(CultureInfo.InvariantCulture, $"{point}-{round}-{writer}")).ToList();
            var answers = await Task.WhenAll(keys.Select(key => WriteAsync(http, key, cancel)));
            foreach (var (key, done) in keys.Zip(answers))
            {
                writes.Add(key, done);
            }

            using var read = await http.GetAsync("catalog/services", cancel);
            Report.ReadsFailed += read.IsSuccessStatusCode ? 0 : 1;
        }

        control.Heal();
        Report.FailedCalls = control.Failed;
        Report.Stuck += await WriteAsync(http, $"{point}-after", cancel) ? 0 : 1;
        await CheckAsync(http, writes, cancel);
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
        var (process, address) = await AgentServer.StartAsync(dataDirectory: Path.Combine(_disk, directory), environment: new()
        {
            ["LD_PRELOAD"] = Path.Combine(work, "failing-disk.so"),
            ["FAILING_DISK_CONTROL"] = control.Path,
            ["FAILING_DISK_DIRECTORY"] = _disk,
        });
        Report.Started(Stopwatch.GetElapsedTime(started), process.Scheduling);
        return (process, new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(address, "/v1/") });
    }
}
