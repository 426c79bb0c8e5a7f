using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Rollcall.Consul.Wire;
using Rollcall.Hosting.Registration;
using Rollcall.Hosts;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Hosting.Tests.Registration;

/// <summary>What a registration does by the clock.</summary>
public sealed class RegistrationTimeTests
{
    private const string Pass = "/v1/agent/check/pass/";
    private const string Update = "/v1/agent/check/update/";
    private const string Look = "/v1/agent/service/a-";
    private const string Register = "/v1/agent/service/register";
    private const string Checks = "/v1/agent/checks";
    private static readonly Uri s_localAgent = new("http://127.0.0.1:8500");

    [Fact]
    public async Task WallClockSetBack_HeartbeatsGoOn()
    {
        await using var registration = await VirtualRegistration.StartAsync(o => o.Checks.Ttl(TimeSpan.FromSeconds(15)));
        await Eventually.TrueAsync(() => registration.Requests(Pass).Count == 1);
        registration.Wall.Offset = TimeSpan.FromHours(-1);
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => registration.Requests(Pass).Count > 3);
        Assert.True(registration.State.IsSettled);
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task DeregisteredBehindItsBack_ComesBack()
    {
        await using var registration = await VirtualRegistration.StartAsync(_ => { });
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        using var another = registration.Agent.CreateClient();

        await another.Agent.DeregisterAsync(registration.State.ServiceId!).WithinAsync();
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => registration.Requests(Register).Count > 1);

        await Eventually.TrueAsync(async () => await registration.StatusAsync() == CheckStatus.Passing);
    }

    [Fact]
    public async Task OverwrittenByAnother_IsPutRight()
    {
        await using var registration = await VirtualRegistration.StartAsync(_ => { });
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        using var another = registration.Agent.CreateClient();
        var right = (await another.Agent.ServiceAsync(registration.State.ServiceId!).WithinAsync()).Value!;

        await another.Agent.RegisterAsync(new() { Id = right.Id, Name = "a", Port = 1, Tags = ["wrong"] }).WithinAsync();
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => registration.Requests(Register).Count > 1);

        await Eventually.TrueAsync(async () =>
            (await another.Agent.ServiceAsync(right.Id)).Value is { } now && (now.Port, now.Address, now.Tags!.Count) == (right.Port, right.Address, 0));
    }

    [Fact]
    public async Task Heartbeats_DoNotMoveTheIndex()
    {
        await using var registration = await VirtualRegistration.StartAsync(o => o.Checks.Ttl(TimeSpan.FromSeconds(15)));
        await Eventually.TrueAsync(() => registration.Requests(Pass).Count == 1);
        using var another = registration.Agent.CreateClient();
        await Eventually.TrueAsync(async () => await registration.StatusAsync() == CheckStatus.Passing);
        var index = (await another.Health.ServiceAsync("a").WithinAsync()).Index;

        await ThroughHeartbeatsAsync(registration, TimeSpan.FromSeconds(45), c => Assert.Equal(CheckStatus.Passing, Assert.Single(c).Status));

        Assert.InRange(registration.Requests(Pass).Count, 5, 20);
        Assert.Equal(index, (await another.Health.ServiceAsync("a").WithinAsync()).Index);
    }

    [Fact]
    public async Task HeartbeatHangs_IsSentAgainWithinTheTtl()
    {
        await using var registration = await VirtualRegistration.StartAsync(o => o.Checks.Ttl(TimeSpan.FromSeconds(3)));
        var clock = registration.Clock;
        await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(0.95));
        using var hang = registration.Agent.Inject(AgentFault.Slow(TimeSpan.FromHours(77)), Pass, times: 1);
        clock.Advance(TimeSpan.FromSeconds(0.95));
        await clock.WaitForTimerDueInAsync(TimeSpan.FromHours(77));
        clock.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => registration.State.LastError is not null);
        Assert.Equal(RegistrationPresence.Unknown, registration.State.Actual);
        Assert.Contains("no answer within 1 s", registration.State.LastError, StringComparison.Ordinal);

        await clock.WaitForTimerDueInAsync(TimeSpan.FromMilliseconds(75));
        clock.Advance(TimeSpan.FromMilliseconds(75));
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        Assert.Equal(3, registration.Requests(Pass).Count);
        clock.Advance(TimeSpan.FromSeconds(0.94));
        Assert.Equal(CheckStatus.Passing, await registration.StatusAsync());
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task FirstHeartbeat_WaitsForNothingButTheRegistration()
    {
        await using var registration = await VirtualRegistration.StartAsync(
            o => o.Checks.Ttl(TimeSpan.FromSeconds(15), _ => ValueTask.FromResult(true)),
            prepare: static agent => agent.Inject(AgentFault.Slow(TimeSpan.FromSeconds(4)), Checks));

        // The clock stands still: the list does not come.
        await Eventually.TrueAsync(async () => await registration.StatusAsync() == CheckStatus.Passing);
        await registration.Clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(4));
        Assert.Single(registration.Requests(Update));
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task SearchForTheWayToTheAgent_HoldsUpNoHeartbeat()
    {
        var clock = new FakeTimeProvider();
        var answer = new TaskCompletionSource<IPAddress?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var resolver = new EndpointResolver(
            new Uri("http://agent.example:8500"), () => [new(IPAddress.Parse("10.9.8.7"), IsRouted: true)], () => answer.Task, clock);
        await using var registration = await VirtualRegistration.StartAsync(o => o.Checks.Ttl(TimeSpan.FromSeconds(1.2)), "*", resolver, clock: clock);
        try
        {
            // Registered after the first second; the next look begins 2 seconds after that, and waits a second again.
            foreach (var (dueIn, sent) in new[] { (1, 1), (0.38, 2), (0.38, 3), (0.38, 4), (0.38, 5), (0.38, 6), (0.1, 6), (0.28, 7), (0.38, 8) })
            {
                await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(dueIn));
                clock.Advance(TimeSpan.FromSeconds(dueIn));
                await Eventually.TrueAsync(() => registration.Requests(Pass).Count >= sent);
            }

            Assert.Equal(8, registration.Requests(Pass).Count);
            Assert.Empty(registration.Requests(Look));
        }
        finally
        {
            answer.SetResult(null);
        }
    }

    [Fact]
    public async Task AgentThatAnswersSlowly_LetsNoneOfSeveralTtlsRunOut()
    {
        var ttl = TimeSpan.FromSeconds(30);
        await using var registration = await VirtualRegistration.StartAsync(
            o => o.Checks.Ttl(ttl).Ttl(ttl, _ => ValueTask.FromResult(true)).Ttl(ttl).Ttl(ttl));
        await Eventually.TrueAsync(async () => (await registration.ChecksAsync()).All(c => c.Status == CheckStatus.Passing));

        // A request is given up after a third. What is left is for a slow machine.
        using var slow = registration.Agent.Inject(AgentFault.Slow(0.25 * ttl), "/v1/agent/");
        await PassingThroughAsync(registration, 5 * ttl);
        Assert.Single(registration.Requests(Register));
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task AgentThatIsAway_LetsCheckFunctionsBeAskedNoMoreOften()
    {
        var calls = 0;
        await using var registration = await VirtualRegistration.StartAsync(o => o.Checks.Ttl(TimeSpan.FromSeconds(90), _ =>
        {
            Interlocked.Increment(ref calls);
            return ValueTask.FromResult(true);
        }));
        await Eventually.TrueAsync(async () => await registration.StatusAsync() == CheckStatus.Passing);
        var away = registration.Agent.Inject(AgentFault.DroppedConnection, "/v1/agent/");
        var end = registration.Clock.GetUtcNow() + TimeSpan.FromSeconds(40);
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), () => registration.Clock.GetUtcNow() >= end);
        Assert.NotNull(registration.State.LastError);
        Assert.InRange(Volatile.Read(ref calls), 1, 2);

        // What was found is sent when the agent is back, before the function is asked again.
        var sent = registration.Requests(Update).Count;
        away.Dispose();
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), () => registration.State.IsSettled);
        Assert.True(registration.Requests(Update).Count > sent);
        Assert.InRange(Volatile.Read(ref calls), 1, 2);
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task AgentThatAsksForARest_GetsItFromLooks_NotFromHeartbeats()
    {
        await using var registration = await VirtualRegistration.StartAsync(o => o.Checks.Ttl(TimeSpan.FromSeconds(3)));
        var clock = registration.Clock;
        registration.Log.Expect(IsRefusal);
        await Eventually.TrueAsync(() => registration.Requests(Pass).Count == 1);
        registration.Answer = static request => request.Method != HttpMethod.Get ? null : new(HttpStatusCode.TooManyRequests)
        {
            Headers = { RetryAfter = new(TimeSpan.FromSeconds(5)) },
            Content = new StringContent("Your IP is issuing too many concurrent connections"),
        };
        for (var sent = 1; sent <= 2; sent++)
        {
            await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(0.95));
            clock.Advance(TimeSpan.FromSeconds(0.95));
            await Eventually.TrueAsync(() => registration.Requests(Pass).Count == sent + 1);
        }

        // The look is due 2 seconds after the registration, the next heartbeat 2.85.
        await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(0.1));
        clock.Advance(TimeSpan.FromSeconds(0.1));
        await Eventually.TrueAsync(() => registration.State.LastError is not null);
        await clock.WaitForTimerDueInAsync(TimeSpan.FromSeconds(0.85));
        clock.Advance(TimeSpan.FromSeconds(0.85));
        await Eventually.TrueAsync(() => registration.Requests(Pass).Count == 4);
        Assert.Single(registration.Requests("/v1/agent/service/a"));
        Assert.Contains("5 s", registration.State.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SickInstanceThatTheAgentRemoved_ComesBackCritical()
    {
        await using var service = await LoopbackPeer.StartAsync(503, "sick");
        await using var registration = await StartWithHttpCheckAsync(service);
        await UntilLookedAtAsync(registration, CheckStatus.Critical);

        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => registration.Requests(Register).Count > 1);

        Assert.Equal([CheckStatus.Passing, CheckStatus.Critical], registration.Requests(Register).Take(2).Select(Status));
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task AgentThatForgotAHealthyInstance_IsToldThatItIsPassing()
    {
        var status = 503;
        await using var service = await LoopbackPeer.StartAsync(context =>
        {
            context.Response.StatusCode = Volatile.Read(ref status);
            return Task.CompletedTask;
        });
        await using var registration = await StartWithHttpCheckAsync(service);
        await UntilLookedAtAsync(registration, CheckStatus.Critical);
        Volatile.Write(ref status, 200);
        await UntilLookedAtAsync(registration, CheckStatus.Passing);

        await registration.Agent.WipeAsync().WithinAsync();
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => registration.Requests(Register).Count > 1);

        Assert.Equal(CheckStatus.Passing, Status(registration.Requests(Register)[1]));
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task ListOfChecksThatIsRefused_StopsNoHeartbeat()
    {
        await using var registration = await VirtualRegistration.StartAsync(o => o.Checks.Ttl(TimeSpan.FromSeconds(15)));
        registration.Log.Expect(IsRefusal);
        await Eventually.TrueAsync(() => registration.Requests(Pass).Count == 1);
        using var refused = registration.Agent.Inject(AgentFault.Status(HttpStatusCode.Forbidden), Checks);
        await ThroughHeartbeatsAsync(registration, TimeSpan.FromSeconds(90), c => Assert.Equal(CheckStatus.Passing, Assert.Single(c).Status));

        // It says so as long as it is so, once, and does not ask any more often.
        Assert.InRange(registration.Requests(Checks).Count, 2, 6);
        Assert.Contains("403", registration.State.LastError, StringComparison.Ordinal);
        Assert.Single(registration.Log.Entries, IsRefusal);
        registration.Log.AssertNoErrors();

        refused.Dispose();
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), () => registration.State.IsSettled);
    }

    [Fact]
    public async Task HeartbeatThatIsRefused_StopsNoOther()
    {
        // Those of a check with a function go another way to the agent.
        await using var registration = await VirtualRegistration.StartAsync(
            o => o.Checks.Ttl(TimeSpan.FromSeconds(15), _ => ValueTask.FromResult(true)).Ttl(TimeSpan.FromSeconds(15)));
        registration.Log.Expect(IsRefusal);
        await Eventually.TrueAsync(() => registration.Requests(Pass).Count == 1);
        using var refused = registration.Agent.Inject(AgentFault.Status(HttpStatusCode.Forbidden), Update);
        await ThroughHeartbeatsAsync(registration, TimeSpan.FromSeconds(45), c => Assert.Equal(CheckStatus.Passing, c.Single(x => x.CheckId.EndsWith(":ttl2", StringComparison.Ordinal)).Status));
        Assert.Contains(await registration.ChecksAsync(), c => c.Status == CheckStatus.Critical);
        Assert.NotNull(registration.State.LastError);
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task AgentThatIsLostAndThenRefuses_IsLoggedAsBoth()
    {
        await using var registration = await VirtualRegistration.StartAsync(_ => { });
        registration.Log.Expect(IsRefusal);
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        var lost = registration.Agent.Inject(AgentFault.DroppedConnection, "/v1/agent/");
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => registration.State.LastError is not null);
        var since = registration.State.Since;

        using var refused = registration.Agent.Inject(AgentFault.RevokedToken, "/v1/agent/");
        lost.Dispose();
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => registration.Log.Entries.Any(IsRefusal));

        Assert.True(registration.State.Since > since);
        Assert.Single(registration.Log.Entries, e => e.Level == LogLevel.Warning);
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task LooksThatAreRefusedWhileHeartbeatsHang_AreLoggedOnce()
    {
        await using var registration = await VirtualRegistration.StartAsync(o => o.Checks.Ttl(TimeSpan.FromSeconds(3)));
        registration.Log.Expect(IsRefusal);
        await Eventually.TrueAsync(() => registration.Requests(Pass).Count == 1);
        using var refused = registration.Agent.Inject(AgentFault.Status(HttpStatusCode.TooManyRequests), Look);
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(50), () => registration.Log.Entries.Any(IsRefusal));

        using var hang = registration.Agent.Inject(AgentFault.Slow(TimeSpan.FromHours(77)), Pass);
        var sent = registration.Requests(Pass).Count;
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(100), () => registration.Requests(Pass).Count > sent + 5);
        Assert.Single(registration.Log.Entries, e => e.Level >= LogLevel.Warning);
        Assert.Contains("429", registration.State.LastError, StringComparison.Ordinal);
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task IdThatIsContestedWhileHeartbeatsAreRefused_IsLoggedOnce()
    {
        await using var registration = await VirtualRegistration.StartAsync(o => o.Checks.Ttl(TimeSpan.FromSeconds(30)));
        registration.Log.Expect(IsContest);
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        using var rival = registration.Agent.CreateClient();
        for (var round = 1; !registration.Log.Entries.Any(IsContest); round++)
        {
            await rival.Agent.RegisterAsync(new() { Id = registration.State.ServiceId, Name = "a", Address = "10.0.0.9", Port = 7 }).WithinAsync();
            await registration.Clock.AdvanceUntilAsync(
                TimeSpan.FromMilliseconds(500), () => registration.Requests(Register).Count > round || registration.Log.Entries.Any(IsContest));
        }

        using var refused = registration.Agent.Inject(AgentFault.Status(HttpStatusCode.Forbidden), Pass);
        var sent = registration.Requests(Pass).Count;
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), () => registration.Requests(Pass).Count > sent + 3);
        Assert.Single(registration.Log.Entries, e => e.Level == LogLevel.Error);
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task AnotherWithTheSameId_IsLeftAloneLongerAndLonger_AndNamedOnce()
    {
        // A third of the TTL is the limit of a request: enough for a slow machine.
        await using var registration = await VirtualRegistration.StartAsync(o => o.Checks.Ttl(TimeSpan.FromMinutes(10)));
        registration.Log.Expect(IsContest);
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        using var rival = registration.Agent.CreateClient();
        var gaps = new List<TimeSpan>();
        for (var round = 1; round <= 9; round++)
        {
            await rival.Agent.RegisterAsync(new() { Id = registration.State.ServiceId, Name = "a", Address = "10.0.0.9", Port = 7 }).WithinAsync();
            var overwritten = registration.Clock.GetUtcNow();
            await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), () => registration.Requests(Register).Count > round);
            gaps.Add(registration.Clock.GetUtcNow() - overwritten);
        }

        Assert.All(gaps.Take(2), gap => Assert.True(gap < TimeSpan.FromSeconds(10), string.Join(", ", gaps)));
        Assert.True(gaps[^1] > TimeSpan.FromSeconds(50), string.Join(", ", gaps));
        Assert.Contains("10.0.0.9:7", Assert.Single(registration.Log.Entries, IsContest).Message, StringComparison.Ordinal);
        Assert.Contains("10.0.0.9:7", registration.State.LastError, StringComparison.Ordinal);
        registration.Log.AssertNoErrors();

        // The other is gone. The agent was there all the time.
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => registration.State.IsSettled);
        await Eventually.TrueAsync(() => registration.Log.Entries.Any(static e => e.Message.EndsWith("is registered by nobody else any more", StringComparison.Ordinal)));
        Assert.DoesNotContain(registration.Log.Entries, static e => e.Message.Contains("answers for", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NetworkThatComesUpLater_IsRegisteredInPlaceOfLoopback()
    {
        OwnAddress[] network = [];
        await using var registration = await VirtualRegistration.StartAsync(_ => { }, "*", new(s_localAgent, () => Volatile.Read(ref network)));
        await Eventually.TrueAsync(() => registration.State.IsSettled);
        Assert.Equal("a-127.0.0.1-81", registration.State.ServiceId);

        Volatile.Write(ref network, [new(IPAddress.Parse("10.9.8.7"), IsRouted: true)]);
        await UntilAloneAtAsync(registration, "10.9.8.7");

        Assert.Equal(["127.0.0.1", "10.9.8.7"], registration.Requests(Register).Select(Address));
        Assert.Equal("a-10.9.8.7-81", registration.State.ServiceId);
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task AddressThatChanges_IsFollowed_AndOneThatIsGoneForAWhileIsKept()
    {
        OwnAddress[] network = [new(IPAddress.Parse("10.9.8.7"), IsRouted: true)];
        await using var registration = await VirtualRegistration.StartAsync(_ => { }, "0.0.0.0", new(s_localAgent, () => Volatile.Read(ref network)));
        await Eventually.TrueAsync(() => registration.State.IsSettled);

        Volatile.Write(ref network, []);
        var sent = registration.Requests(Pass).Count;
        await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(500), () => registration.Requests(Pass).Count > sent + 2);
        Volatile.Write(ref network, [new(IPAddress.Parse("10.9.8.6"), IsRouted: true)]);
        await UntilAloneAtAsync(registration, "10.9.8.6");

        Assert.Equal(["10.9.8.7", "10.9.8.6"], registration.Requests(Register).Select(Address));
        registration.Log.AssertNoErrors();
    }

    [Fact]
    public async Task NoAddressForAnAgentElsewhere_IsWaitedFor()
    {
        OwnAddress[] network = [];
        await using var registration = await VirtualRegistration.StartAsync(
            _ => { }, "*", new(new Uri("http://nowhere.invalid:8500"), () => Volatile.Read(ref network)));
        await Eventually.TrueAsync(() => registration.State.LastError is not null);
        Assert.Contains("Set Address", registration.State.LastError, StringComparison.Ordinal);
        Assert.Null(registration.State.ServiceId);
        Assert.Single(registration.Log.Entries, e => e.Level == LogLevel.Warning);

        Volatile.Write(ref network, [new(IPAddress.Parse("10.9.8.7"), IsRouted: true)]);
        await UntilAloneAtAsync(registration, "10.9.8.7");
        await Eventually.TrueAsync(() => registration.Log.Entries.Any(static e => e.Message == "There is an address now: a-10.9.8.7-81 is registered"));
        Assert.DoesNotContain(registration.Log.Entries, static e => e.Message.Contains("answers for", StringComparison.Ordinal));
        registration.Log.AssertNoErrors();
    }

    private static async Task UntilAloneAtAsync(VirtualRegistration registration, string address)
    {
        using var client = registration.Agent.CreateClient();
        await Eventually.TrueAsync(async () =>
        {
            registration.Clock.Advance(TimeSpan.FromMilliseconds(500));
            return registration.State.IsSettled && (await client.Agent.ServicesAsync()).Value.Values.ToList() is [var only] && only.Address == address;
        });
    }

    private static string Address(string registration)
    {
        using var json = JsonDocument.Parse(registration);
        return json.RootElement.GetProperty("Address").GetString()!;
    }

    private static bool IsContest(LogEntry entry) => entry.Level == LogLevel.Error && entry.Message.Contains("the same id", StringComparison.Ordinal);

    private static bool IsRefusal(LogEntry entry) => entry.Level == LogLevel.Error && entry.Message.StartsWith("The agent refuses", StringComparison.Ordinal);

    /// <summary>Lets time pass from one heartbeat to the next, so that a slow machine lets no TTL run out, and looks after each.</summary>
    private static async Task ThroughHeartbeatsAsync(VirtualRegistration registration, TimeSpan time, Action<IReadOnlyList<HealthCheck>> look)
    {
        for (var end = registration.Clock.GetUtcNow() + time; registration.Clock.GetUtcNow() < end;)
        {
            var sent = registration.Requests(Pass).Count;
            await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), () => registration.Requests(Pass).Count > sent);
            look(await registration.ChecksAsync());
        }

        // Nor was it removed meanwhile, and put back.
        Assert.Single(registration.Requests(Register));
    }

    /// <summary>Lets time pass and looks all the while.</summary>
    private static async Task PassingThroughAsync(VirtualRegistration registration, TimeSpan time)
    {
        for (var end = registration.Clock.GetUtcNow() + time; registration.Clock.GetUtcNow() < end;)
        {
            var before = registration.Clock.GetUtcNow();
            await registration.Clock.AdvanceUntilAsync(TimeSpan.FromMilliseconds(250), () => registration.Clock.GetUtcNow() >= before + TimeSpan.FromSeconds(1));
            Assert.All(await registration.ChecksAsync(), c => Assert.Equal((c.CheckId, CheckStatus.Passing), (c.CheckId, c.Status)));
        }
    }

    /// <summary>Its check may take long, so that a slow machine does not make it fail.</summary>
    private static Task<VirtualRegistration> StartWithHttpCheckAsync(LoopbackPeer service) => VirtualRegistration.StartAsync(o =>
    {
        o.Checks.Http(service.Address.ToString(), TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));
        o.DeregisterCriticalServiceAfter = TimeSpan.FromMinutes(3);
    });

    /// <summary>Until the check has a status and the registration has asked for it twice since, of which one is whole.</summary>
    private static async Task UntilLookedAtAsync(VirtualRegistration registration, string status)
    {
        await Eventually.TrueAsync(async () =>
        {
            registration.Clock.Advance(TimeSpan.FromSeconds(1));
            return await registration.StatusAsync() == status;
        });
        await registration.UntilListedAsync();
    }

    private static string Status(string registration)
    {
        using var json = JsonDocument.Parse(registration);
        return json.RootElement.GetProperty("Checks")[0].GetProperty("Status").GetString()!;
    }
}
