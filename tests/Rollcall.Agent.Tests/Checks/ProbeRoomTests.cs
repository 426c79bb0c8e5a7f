using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

public sealed class ProbeRoomTests : IAsyncDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(3);

    private readonly CheckRig _rig = new(new CheckSchedulerOptions { Random = new Random(1), MaxProbes = 3, MaxScripts = 1 });
    private readonly ConcurrentDictionary<string, bool> _asked = new(StringComparer.Ordinal);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task ProbesThatHang_HoldUpOneMore_AndItsTimeBeginsWhenItRuns()
    {
        await using var server = await StartAsync(hanging: "123");
        Start(server, "1", "2", "3");
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => _asked.Count == 3);
        Start(server, "4");
        _rig.Time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(() => _rig.Scheduler.Waiting == 1);
        Assert.False(_asked.ContainsKey("4"));
        Assert.False(_rig.Sink.HasReport);

        // Longer than the last one may take: it would be critical, too, if its time had run while it waited.
        _rig.Time.Advance(s_timeout);
        List<(string, string)> results = [];
        for (var i = 0; i < 4; i++)
        {
            var result = await _rig.Sink.NextAsync();
            results.Add((result.CheckId, result.Status));
        }

        Assert.Equal([("1", "critical"), ("2", "critical"), ("3", "critical"), ("4", "passing")], results.Order());
        Assert.Equal(0, _rig.Scheduler.Waiting);
    }

    [Fact]
    public async Task CheckThatIsRemovedWhileItWaits_LeavesItsPlaceToTheNext()
    {
        await using var server = await StartAsync(hanging: "123");
        Start(server, "1", "2", "3");
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => _asked.Count == 3);
        foreach (var (id, waiting) in ((string, int)[])[("4", 1), ("5", 2)])
        {
            Start(server, id);
            _rig.Time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.TrueAsync(() => _rig.Scheduler.Waiting == waiting);
        }

        _rig.Scheduler.Stop("4");
        await Eventually.TrueAsync(() => _rig.Scheduler.Waiting == 1);
        _rig.Scheduler.Stop("1");

        Assert.Equal(("5", "passing"), await NextAsync());
        Assert.False(_asked.ContainsKey("4"));
    }

    [Fact]
    public async Task Programs_WaitForEachOther_AndNotForConnections()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using var server = await StartAsync(hanging: "");
        foreach (var id in (ReadOnlySpan<string>)["a", "b"])
        {
            _rig.Scheduler.Start(CheckRig.Spec(CheckKind.Script, "") with { CheckId = id, Arguments = ["sleep", "9999"], Timeout = s_timeout });
        }

        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => _rig.Scheduler.Waiting == 1);
        Start(server, "1");
        _rig.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(("1", "passing"), await NextAsync());
        Assert.Equal(1, _rig.Scheduler.Waiting);
    }

    [Fact]
    public async Task Limits_AreTheAgents_AndItTellsHowManyWait()
    {
        await using var server = await StartAsync(hanging: "12");
        await using var agent = await AgentFixture.StartAsync(configure: static options => options.Limits.MaxProbes = 1);
        foreach (var id in (string[])["1", "2"])
        {
            await agent.PutAsync("agent/check/register", $$"""{"Name":"{{id}}","HTTP":"http://{{server.HostAndPort}}/{{id}}","Interval":"1m"}""");
        }

        agent.Time.Advance(TimeSpan.FromSeconds(1));

        // The second one may wait before the first one's request has come.
        await Eventually.TrueAsync(() => !_asked.IsEmpty);
        await Eventually.TrueAsync(async () =>
            (await agent.GetAsync("agent/metrics")).Json!["Gauges"]!.AsArray().Any(static gauge => (string)gauge!["Name"]! == "rollcall.agent.probes_waiting" && (int)gauge["Value"]! == 1));
        Assert.Single(_asked);
    }

    private void Start(LoopbackServer server, params ReadOnlySpan<string> ids)
    {
        foreach (var id in ids)
        {
            _rig.Scheduler.Start(CheckRig.Spec(CheckKind.Http, $"http://{server.HostAndPort}/{id}") with { CheckId = id, Timeout = s_timeout, Interval = TimeSpan.FromHours(1) });
        }
    }

    private async Task<(string CheckId, string Status)> NextAsync()
    {
        var (id, status, _) = await _rig.Sink.NextAsync();
        return (id, status);
    }

    /// <param name="hanging">The checks that get no answer.</param>
    private Task<LoopbackServer> StartAsync(string hanging) => LoopbackServer.StartAsync(async context =>
    {
        var id = context.Request.Path.Value![1..];
        _asked[id] = true;
        if (hanging.Contains(id, StringComparison.Ordinal))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    });
}
