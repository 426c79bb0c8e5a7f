using System.Diagnostics;
using System.Net;
using System.Text;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Testing.Tests;

public sealed class TestAgentTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Started_AnswersWithAndWithoutAPort(bool listen)
    {
        await using var agent = await TestAgent.StartAsync(new TestAgentOptions { Listen = listen });
        using var client = agent.CreateClient();

        await client.Agent.RegisterAsync(new ServiceRegistration { Name = "web", Port = 80 }).WithinAsync();
        await client.Kv.PutAsync("a/b", Encoding.UTF8.GetBytes("1")).WithinAsync();

        Assert.Equal(80, Assert.Single((await client.Health.ServiceAsync("web").WithinAsync()).Value).Service.Port);
        Assert.True((await client.Kv.GetAsync("a/b").WithinAsync()).Found);
        Assert.Equal(4, agent.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Many_AreApart(bool listen)
    {
        var agents = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TestAgent.StartAsync(new TestAgentOptions { Listen = listen }))).WithinAsync();
        for (var i = 0; i < agents.Length; i++)
        {
            using var client = agents[i].CreateClient();
            await client.Kv.PutAsync("n", new byte[] { (byte)i }).WithinAsync();
        }

        for (var i = 0; i < agents.Length; i++)
        {
            using var client = agents[i].CreateClient();
            Assert.Equal((byte)i, Assert.Single((await client.Kv.GetAsync("n").WithinAsync()).Value!.Value!));
            await agents[i].DisposeAsync();
        }
    }

    [Fact]
    public async Task VirtualTime_TtlExpiresWhenTheClockSaysSo()
    {
        var time = new FakeTimeProvider();
        await using var agent = await TestAgent.StartAsync(new TestAgentOptions { Listen = false, TimeProvider = time });
        using var http = Http(agent);
        await PutAsync(http, "agent/service/register", """{"Name":"web","Check":{"TTL":"1h","Status":"passing"}}""");
        Assert.NotEqual("[]", await http.GetStringAsync("health/service/web?passing").WithinAsync());

        time.Advance(TimeSpan.FromHours(1.1));

        await Eventually.TrueAsync(async () => await http.GetStringAsync("health/service/web?passing") == "[]");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wipe_ForgetsAllAndEndsWaits(bool listen)
    {
        await using var agent = await TestAgent.StartAsync(new TestAgentOptions { Listen = listen });
        using var http = Http(agent);
        for (var i = 0; i < 20; i++)
        {
            await PutAsync(http, "kv/a", $"{i}");
        }

        var index = await IndexAsync(http, "kv/a");
        var waiting = http.GetAsync($"kv/a?index={index}&wait=9m");
        await Eventually.TrueAsync(() => agent.Requests == 22);

        await agent.WipeAsync().WithinAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => waiting).WithinAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("kv/a").WithinAsync()).StatusCode);
        Assert.InRange(await IndexAsync(http, "catalog/nodes"), 9UL, index - 1);
    }

    [Theory]
    [InlineData("leader", 500, "No cluster leader")]
    [InlineData("token", 403, "ACL not found")]
    [InlineData("status", 503, "busy")]
    [InlineData("list", 200, "[]")]
    [InlineData("body", 200, "")]
    public async Task Fault_IsTheAnswerUntilItEnds(string name, int status, string body)
    {
        var fault = name switch
        {
            "leader" => AgentFault.NoLeader,
            "token" => AgentFault.RevokedToken,
            "status" => AgentFault.Status(HttpStatusCode.ServiceUnavailable, "busy"),
            "list" => AgentFault.EmptyList,
            _ => AgentFault.EmptyBody,
        };
        foreach (var listen in new[] { true, false })
        {
            await using var agent = await TestAgent.StartAsync(new TestAgentOptions { Listen = listen });
            using var http = Http(agent);
            using (var injected = agent.Inject(fault, "/v1/health/"))
            {
                using var answer = await http.GetAsync("health/service/consul").WithinAsync();
                Assert.Equal(status, (int)answer.StatusCode);
                Assert.Equal(body, await answer.Content.ReadAsStringAsync().WithinAsync());
                Assert.Equal(status == 200, answer.Headers.Contains("X-Consul-Index"));
                Assert.Equal(1, injected.Hits);
                Assert.NotEqual("{}", await http.GetStringAsync("catalog/services").WithinAsync());
            }

            Assert.NotEqual("[]", await http.GetStringAsync("health/service/consul").WithinAsync());
        }
    }

    [Fact]
    public async Task EmptyList_WaitsAsTheTrueAnswerWould()
    {
        var time = new FakeTimeProvider();
        await using var agent = await TestAgent.StartAsync(new TestAgentOptions { TimeProvider = time });
        using var http = Http(agent);
        var index = await IndexAsync(http, "health/service/consul");
        using var injected = agent.Inject(AgentFault.EmptyList);

        var timers = time.PendingTimers;
        var waiting = http.GetAsync($"health/service/consul?index={index}&wait=1m");
        await time.WaitForTimersAsync(timers + 1);
        Assert.False(waiting.IsCompleted);
        time.Advance(TimeSpan.FromMinutes(1.1));

        Assert.Equal("[]", await (await waiting.WithinAsync()).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Times_OnlySoManyRequests()
    {
        await using var agent = await TestAgent.StartAsync();
        using var client = agent.CreateClient();
        using var injected = agent.Inject(AgentFault.Status(HttpStatusCode.InternalServerError), times: 2);

        for (var i = 0; i < 2; i++)
        {
            var failure = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.GetAsync("a")).WithinAsync();
            Assert.Equal(HttpStatusCode.InternalServerError, failure.StatusCode);
        }

        Assert.False((await client.Kv.GetAsync("a").WithinAsync()).Found);
        Assert.Equal(2, injected.Hits);
    }

    [Fact]
    public async Task Slow_ByTheAgentsClock()
    {
        var time = new FakeTimeProvider();
        await using var agent = await TestAgent.StartAsync(new TestAgentOptions { TimeProvider = time });
        using var http = Http(agent);
        using var injected = agent.Inject(AgentFault.Slow(TimeSpan.FromSeconds(7)));
        var slow = http.GetStringAsync("status/leader");
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(7));
        Assert.False(slow.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal("\"127.0.0.1:8300\"", await slow.WithinAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RequestGivenUp_EndsAtBothEnds(bool listen)
    {
        var time = new FakeTimeProvider();
        await using var agent = await TestAgent.StartAsync(new TestAgentOptions { Listen = listen, TimeProvider = time });
        using var slow = agent.Inject(AgentFault.Slow(TimeSpan.FromHours(77)));
        using var client = agent.CreateClient();
        using var giveUp = new CancellationTokenSource();
        var request = client.Agent.SelfAsync(giveUp.Token);
        await time.WaitForTimerDueInAsync(TimeSpan.FromHours(77));
        var timers = time.PendingTimers;

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request.WithinAsync());
        await Eventually.TrueAsync(() => time.PendingTimers == timers - 2, because: () => "the client's timeout and the agent's delay are over");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DroppedConnection_AlsoOfThoseThatWait(bool listen)
    {
        await using var agent = await TestAgent.StartAsync(new TestAgentOptions { Listen = listen });
        using var http = Http(agent);
        var waiting = http.GetAsync($"health/service/consul?index={await IndexAsync(http, "health/service/consul")}&wait=9m");
        await Eventually.TrueAsync(() => agent.Requests == 2);

        using (var injected = agent.Inject(AgentFault.DroppedConnection))
        {
            await Assert.ThrowsAnyAsync<Exception>(() => waiting).WithinAsync();
            await Assert.ThrowsAnyAsync<Exception>(() => http.GetAsync("status/leader")).WithinAsync();
            Assert.True(injected.Hits >= 2, $"{injected.Hits}");
        }

        Assert.NotEqual("", await http.GetStringAsync("status/leader").WithinAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DroppedConnection_CountsWhatItHits_AndNothingElse(bool listen)
    {
        await using var agent = await TestAgent.StartAsync(new TestAgentOptions { Listen = listen });
        using var http = Http(agent);
        var (failures, answers) = (0, 0);
        using var end = new CancellationTokenSource();
        var loops = Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                // One that is sent again on another connection would be two for the agent: a request with a body is not.
                var failed = await FailsAsync(() => http.PutAsync("session/renew/00000000-0000-0000-0000-000000000000", new StringContent("{}")));
                Interlocked.Increment(ref failed ? ref failures : ref answers);
            }
        })).ToList();

        var hits = 0;
        for (var round = 1; round <= 100; round++)
        {
            var before = Volatile.Read(ref answers);
            await Eventually.TrueAsync(() => Volatile.Read(ref answers) > before);
            using var injected = agent.Inject(AgentFault.DroppedConnection, times: 3);
            await Eventually.TrueAsync(() => injected.Hits == 3);
            hits += injected.Hits;
        }

        await end.CancelAsync();
        await Task.WhenAll(loops).WithinAsync();
        Assert.Equal(hits, failures);
    }

    [Fact]
    public async Task Index_ZeroAndBack()
    {
        await using var agent = await TestAgent.StartAsync();
        using var http = Http(agent);
        for (var i = 0; i < 5; i++)
        {
            await PutAsync(http, "kv/a", $"{i}");
        }

        var index = await IndexAsync(http, "kv/a");

        using (agent.Inject(AgentFault.Index(0)))
        {
            Assert.Equal(0UL, await IndexAsync(http, "kv/a"));
        }

        using (agent.Inject(AgentFault.RewoundIndex(3)))
        {
            Assert.Equal(index - 3, await IndexAsync(http, "kv/a"));
        }

        Assert.Equal(index, await IndexAsync(http, "kv/a"));
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(3, false)]
    [InlineData(1_000_000, true)]
    [InlineData(1_000_000, false)]
    public async Task RewoundIndex_IsWaitedWithAsATrueOne(ulong by, bool rewound)
    {
        var time = new FakeTimeProvider();
        await using var agent = await TestAgent.StartAsync(new TestAgentOptions { TimeProvider = time });
        using var http = Http(agent);
        await PutAsync(http, "kv/a", "1");
        var index = await IndexAsync(http, "kv/a");
        using var injected = agent.Inject(AgentFault.RewoundIndex(by), "/v1/kv/a");
        var told = await IndexAsync(http, "kv/a");
        var query = $"kv/a?wait=1m&index={(rewound ? told : index)}";

        var timers = time.PendingTimers;
        var waiting = http.GetAsync(query);
        await time.WaitForTimersAsync(timers + 1);
        time.Advance(TimeSpan.FromMinutes(1.1));
        Assert.Equal($"{told}", (await waiting.WithinAsync()).Headers.GetValues("X-Consul-Index").Single());

        waiting = http.GetAsync(query);
        await time.WaitForTimersAsync(timers + 1);
        await PutAsync(http, "kv/b", "1");
        Assert.False(waiting.IsCompleted);
        await PutAsync(http, "kv/a", "2");
        Assert.Contains("\"Mg==\"", await (await waiting.WithinAsync()).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AgentThatLeft_RefusesConnections_UntilItIsStartedAgain(bool listen)
    {
        await using var agent = await TestAgent.StartAsync(new TestAgentOptions { Listen = listen });
        using var http = Http(agent);
        await PutAsync(http, "agent/leave", "");

        // Its last connections may still be answered.
        await Eventually.TrueAsync(async () => await FailsAsync(() => http.GetAsync("status/leader")).WithinAsync());
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync("status/leader").WithinAsync());

        await agent.WipeAsync().WithinAsync();
        Assert.Equal("\"127.0.0.1:8300\"", await http.GetStringAsync("status/leader").WithinAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DisposedDuringAWipe_NothingIsLeft(bool listen)
    {
        var time = new FakeTimeProvider();
        var agent = await TestAgent.StartAsync(new TestAgentOptions { Listen = listen, TimeProvider = time });

        var wipe = agent.WipeAsync();
        await agent.DisposeAsync().AsTask().WithinAsync();

        await wipe.WithinAsync();
        Assert.Equal(0, time.PendingTimers);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => agent.WipeAsync().WithinAsync());
        await agent.DisposeAsync().AsTask().WithinAsync();
    }

    [Fact]
    public async Task Ready_WithinMillisecondsWhenWarm()
    {
        var starts = new List<TimeSpan>();
        for (var i = 0; i < 21; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await using var agent = await TestAgent.StartAsync();
            using var client = agent.CreateClient();
            await client.Status.LeaderAsync().WithinAsync();
            starts.Add(Stopwatch.GetElapsedTime(start));
        }

        // The first is not warm.
        var median = starts.Skip(1).Order().ElementAt(starts.Count / 2);
        Assert.True(median < TimeSpan.FromMilliseconds(50), $"The median start took {median.TotalMilliseconds} ms.");
    }

    [Fact]
    public void FaultThatMakesNoSense_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => AgentFault.Status(HttpStatusCode.OK));
        Assert.Throws<ArgumentOutOfRangeException>(() => AgentFault.Slow(TimeSpan.Zero));
    }

    private static HttpClient Http(TestAgent agent) => new(agent.CreateHandler()) { BaseAddress = new Uri(agent.Address, "/v1/") };

    private static async Task<bool> FailsAsync(Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            using var answer = await send();
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }

    private static async Task PutAsync(HttpClient http, string path, string body)
    {
        using var answer = await http.PutAsync(path, new StringContent(body)).WithinAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<ulong> IndexAsync(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(path).WithinAsync();
        return ulong.Parse(answer.Headers.GetValues("X-Consul-Index").Single());
    }
}
