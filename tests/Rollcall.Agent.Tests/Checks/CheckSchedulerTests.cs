using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

public sealed class CheckSchedulerTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task LongInterval_FirstProbeComesWithinASecond()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var rig = new CheckRig(new CheckSchedulerOptions { Random = new Random(7) });
        rig.Scheduler.Start(CheckRig.Spec(CheckKind.Tcp, listener.LocalEndpoint.ToString()!) with { Interval = TimeSpan.FromHours(1) });
        await rig.Time.WaitForTimersAsync(2);
        Assert.InRange(rig.Time.NextTimerDueIn!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(1));

        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("passing", (await rig.Sink.NextAsync()).Status);
        await rig.Time.WaitForTimerDueInAsync(TimeSpan.FromHours(1));
    }

    /// <summary>Who moves the clock waits for what can be seen, not for the loop.</summary>
    [Fact]
    public async Task TimeThatPassesAtOnce_CountsForTheFirstProbeAndAfterEachResult()
    {
        await using var rig = new CheckRig();
        var checks = Enumerable.Range(0, 50).Select(static i => $"c{i}").Order(StringComparer.Ordinal).ToList();
        foreach (var id in checks)
        {
            rig.Scheduler.Start(CheckRig.Spec(CheckKind.Tcp, "no port") with { CheckId = id });
        }

        for (var round = 0; round < 3; round++)
        {
            rig.Time.Advance(round == 0 ? TimeSpan.FromSeconds(1) : CheckRig.Interval);
            List<string> seen = [];
            while (seen.Count < checks.Count)
            {
                seen.Add((await rig.Sink.NextAsync()).CheckId);
            }

            Assert.Equal(checks, seen.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task ShortInterval_IsRaisedToTheMinimum()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var rig = new CheckRig();
        await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Tcp, listener.LocalEndpoint.ToString()!) with { Interval = TimeSpan.FromMilliseconds(10) });
        await rig.Time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Thresholds_HoldAChangeBack()
    {
        var code = 200;
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.StatusCode = Volatile.Read(ref code);
            return Task.CompletedTask;
        });
        await using var rig = new CheckRig();
        rig.Scheduler.Start(
            CheckRig.Spec(CheckKind.Http, $"http://{server.HostAndPort}/") with { SuccessBeforePassing = 2, FailuresBeforeCritical = 3 });
        await rig.PassFirstDelayAsync();
        await rig.Time.WaitForTimerDueInAsync(CheckRig.Interval);
        Assert.False(rig.Sink.HasReport);
        Assert.Equal("passing", (await rig.NextResultAsync()).Status);

        Volatile.Write(ref code, 500);
        for (var failures = 1; failures < 3; failures++)
        {
            await rig.PassIntervalAsync();
            await rig.Time.WaitForTimerDueInAsync(CheckRig.Interval);
            Assert.False(rig.Sink.HasReport);
        }

        Assert.Equal("critical", (await rig.NextResultAsync()).Status);
        Volatile.Write(ref code, 429);
        await rig.PassIntervalAsync();
        await rig.Time.WaitForTimerDueInAsync(CheckRig.Interval);
        Assert.False(rig.Sink.HasReport);
        Assert.Equal("warning", (await rig.NextResultAsync()).Status);
    }

    [Fact]
    public async Task SameIdAgain_ReplacesTheCheck()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var rig = new CheckRig();
        await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Tcp, listener.LocalEndpoint.ToString()!));
        rig.Scheduler.Start(CheckRig.Spec(CheckKind.Ttl, "") with { Ttl = TimeSpan.FromSeconds(3) });
        Assert.True(await rig.Scheduler.HeartbeatAsync("c1", "passing", "mine")!);
        Assert.Equal(("c1", "passing", "mine"), await rig.Sink.NextAsync());
        rig.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("TTL expired (last output before timeout follows): mine", (await rig.Sink.NextAsync()).Output);
        Assert.False(rig.Sink.HasReport);
    }

    [Fact]
    public async Task StoppedInMidProbe_ReportsNothing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var rig = new CheckRig();
        rig.Scheduler.Start(CheckRig.Spec(CheckKind.Http, $"http://{listener.LocalEndpoint}/"));
        await rig.PassFirstDelayAsync();
        using var peer = await listener.AcceptTcpClientAsync().WithinAsync();

        // Until the request is there the connection is nobody's, and a probe that is given up leaves it open for the next one.
        var stream = peer.GetStream();
        Assert.NotEqual(-1, await Task.Run(stream.ReadByte).WithinAsync());
        rig.Scheduler.Stop("c1");

        // The probe was given up: the peer sees the connection end.
        var rest = stream.CopyToAsync(Stream.Null).ContinueWith(static _ => { }, TaskScheduler.Default);
        await rest.WithinAsync();
        Assert.False(rig.Sink.HasReport);
    }

    [Theory]
    [InlineData(1)] // below a minute counts as a minute
    [InlineData(60)]
    public async Task CriticalForAMinute_ServiceIsDeregisteredAtTheNextTick(int seconds)
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(Ttl("c1", "s1") with { DeregisterCriticalServiceAfter = TimeSpan.FromSeconds(seconds) });
        rig.Scheduler.Start(Ttl("c2", "s2"));
        rig.Time.Advance(TimeSpan.FromSeconds(10)); // both critical
        rig.Time.Advance(TimeSpan.FromSeconds(50)); // the tick at 60: critical for 50
        Assert.Empty(rig.Sink.Deregistered);
        rig.Time.Advance(TimeSpan.FromSeconds(30)); // the tick at 90: critical for 80
        Assert.Equal(["s1"], rig.Sink.Deregistered);
    }

    [Fact]
    public async Task RecoveredInBetween_CountsAnew()
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(Ttl("c1", "s1") with { DeregisterCriticalServiceAfter = s_minute });
        rig.Time.Advance(TimeSpan.FromSeconds(50));
        await rig.Scheduler.HeartbeatAsync("c1", "passing", "")!;
        rig.Time.Advance(TimeSpan.FromSeconds(50)); // 100; critical again since 60
        Assert.Empty(rig.Sink.Deregistered);
        rig.Time.Advance(TimeSpan.FromSeconds(20)); // the tick at 120: critical for exactly a minute, which is not longer
        Assert.Empty(rig.Sink.Deregistered);
        rig.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(["s1"], rig.Sink.Deregistered);
    }

    [Fact]
    public async Task ProbedCheck_IsReapedToo()
    {
        await using var rig = new CheckRig(new CheckSchedulerOptions
        {
            ReapInterval = TimeSpan.FromSeconds(2),
            MinDeregisterAfter = TimeSpan.FromSeconds(2),
        });
        await rig.FirstResultAsync(
            CheckRig.Spec(CheckKind.Tcp, $"127.0.0.1:{FreePort.Next()}") with { DeregisterCriticalServiceAfter = TimeSpan.FromSeconds(1) });
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(rig.Sink.Deregistered);
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["s1"], rig.Sink.Deregistered);
    }

    [Fact]
    public async Task TwoCriticalChecksOfOneService_DeregisterItOnce_AndNodeChecksNothing()
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(Ttl("c1", "s1") with { DeregisterCriticalServiceAfter = s_minute });
        rig.Scheduler.Start(Ttl("c2", "s1") with { DeregisterCriticalServiceAfter = s_minute });
        rig.Scheduler.Start(Ttl("c3", null) with { DeregisterCriticalServiceAfter = s_minute });
        rig.Time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(["s1"], rig.Sink.Deregistered);
    }

    [Fact]
    public async Task Disposed_NoTimerIsLeft()
    {
        var rig = new CheckRig();
        rig.Scheduler.Start(Ttl("c1", "s1"));
        rig.Scheduler.Start(CheckRig.Spec(CheckKind.Tcp, "127.0.0.1:1") with { CheckId = "c2" });
        await rig.Time.WaitForTimersAsync(3);
        await rig.DisposeAsync();
        Assert.Equal(0, rig.Time.PendingTimers);
        Assert.Throws<ObjectDisposedException>(() => rig.Scheduler.Start(Ttl("c1", "s1")));
    }

    private static CheckSpec Ttl(string checkId, string? serviceId) =>
        CheckRig.Spec(CheckKind.Ttl, "") with { CheckId = checkId, ServiceId = serviceId, Ttl = TimeSpan.FromSeconds(10) };

    [Fact]
    public async Task IntervalAndTimeoutLongerThanATimerCanBe_AreCapped()
    {
        await using var rig = new CheckRig();

        await rig.FirstResultAsync(
            CheckRig.Spec(CheckKind.Tcp, "no port") with { Interval = TimeSpan.FromDays(400), Timeout = TimeSpan.FromDays(400) });

        await rig.Time.WaitForTimerDueInAsync(TimeSpan.FromDays(49));
    }
}
