using System.Collections.Concurrent;
using System.Net;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Http;

public sealed class StressTests
{
    private const int Workers = 48;
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(3);

    // Two keys and two services for all workers, so that they really meet.
    private static readonly string[] s_blocking =
    [
        "health/service/s0?passing", "health/service/s1", "catalog/service/s0", "catalog/services", "health/state/any", "health/checks/s1",
        "kv/k/0", "kv/k/1", "kv/k?recurse", "kv/k?keys", "kv/?recurse", "health/service/nobody",
    ];

    [Fact]
    public async Task EverythingAtOnceWithClientsThatHangUp_NothingFailsAndNothingIsLeftWaiting()
    {
        await using var agent = await AgentFixture.StartAsync();
        var timers = agent.Time.PendingTimers;
        var faults = new ConcurrentQueue<string>();
        var answered = 0;
        var cancelled = 0;
        using var end = new CancellationTokenSource(s_duration);

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            while (!end.IsCancellationRequested)
            {
                if (random.Next(4) == 0)
                {
                    await BlockAsync(random);
                }
                else
                {
                    await AskAsync(random);
                }
            }
        }))).WithinAsync(s_duration * 10);

        Assert.Empty(faults);
        Assert.True(answered > Workers && cancelled > 0, $"{answered} answered, {cancelled} cancelled");
        await Eventually.TrueAsync(
            () => agent.Agent.BlockedQueries == 0 && agent.Agent.Store.Watches.Count == 0,
            because: () => $"{agent.Agent.BlockedQueries} queries on {agent.Agent.Store.Watches.Count} topics");
        await agent.PutAsync("agent/service/deregister/s0");
        await agent.PutAsync("agent/service/deregister/s1");
        await Eventually.TrueAsync(() => agent.Time.PendingTimers == timers, because: () => $"{agent.Time.PendingTimers} timers, {timers} before");

        async Task AskAsync(Random random)
        {
            var n = random.Next(2);
            var (method, path, body) = random.Next(9) switch
            {
                0 => ("PUT", $"kv/k/{n}", $"{random.Next()}"),
                1 => ("PUT", $"kv/k/{n}?cas=0", "v"),
                2 => ("GET", $"kv/k/{n}", null),
                3 => ("DELETE", $"kv/k/{n}", null),
                4 => ("DELETE", "kv/k?recurse", null),
                5 => ("GET", "kv/k?recurse", null),
                6 => ("PUT", "agent/service/register", $$"""{"Name":"s{{n}}","Port":{{random.Next(1, 9)}},"Check":{"TTL":"60m"} }"""),
                7 => ("PUT", $"agent/service/deregister/s{n}", null),
                _ => ("GET", $"health/service/s{n}", (string?)null),
            };
            Check(path, await agent.SendAsync(method, path, body));
        }

        async Task BlockAsync(Random random)
        {
            var path = s_blocking[random.Next(s_blocking.Length)];
            var index = await agent.IndexAsync(path);
            using var hangUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(30)));
            try
            {
                var query = $"{path}{(path.Contains('?') ? '&' : '?')}index={index}&wait=10m";
                Check(path, await agent.SendAsync("GET", query, null, hangUp.Token));
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref cancelled);
            }
        }

        void Check(string path, AgentFixture.Answer answer)
        {
            Interlocked.Increment(ref answered);
            if (answer.Status >= HttpStatusCode.InternalServerError)
            {
                faults.Enqueue($"{path}: {(int)answer.Status} {answer.Body}");
            }
        }
    }
}
