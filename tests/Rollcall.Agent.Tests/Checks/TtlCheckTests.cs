using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

public sealed class TtlCheckTests
{
    private static readonly TimeSpan s_ttl = TimeSpan.FromSeconds(10);
    private static readonly CheckSpec s_spec = CheckRig.Spec(CheckKind.Ttl, "") with { Ttl = s_ttl };

    [Fact]
    public async Task NeverHeardFrom_ExpiresAtTheTtlAndNotBefore()
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(s_spec);

        rig.Time.Advance(s_ttl - TimeSpan.FromMilliseconds(1));
        Assert.False(rig.Sink.HasReport);

        rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(("c1", "critical", "TTL expired"), await rig.Sink.NextAsync());
    }

    [Fact]
    public async Task Silence_QuotesTheLastOutput()
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(s_spec);
        rig.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.True(await rig.Scheduler.HeartbeatAsync("c1", "passing", "all fine")!);
        Assert.Equal(("c1", "passing", "all fine"), await rig.Sink.NextAsync());

        rig.Time.Advance(s_ttl - TimeSpan.FromMilliseconds(1));
        Assert.False(rig.Sink.HasReport);

        rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(("c1", "critical", "TTL expired (last output before timeout follows): all fine"), await rig.Sink.NextAsync());
    }

    [Fact]
    public async Task HeartbeatsInTime_NeverExpire()
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(s_spec);
        for (var i = 0; i < 50; i++)
        {
            rig.Time.Advance(s_ttl / 3);
            Assert.True(await rig.Scheduler.HeartbeatAsync("c1", "passing", "")!);
            Assert.Equal(("c1", "passing", ""), await rig.Sink.NextAsync());
            Assert.False(rig.Sink.HasReport);
        }
    }

    [Fact]
    public async Task HeartbeatAfterExpiry_PassesAndExpiresAgain()
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(s_spec);
        rig.Time.Advance(s_ttl * 3);
        Assert.Equal("critical", (await rig.Sink.NextAsync()).Status);

        await rig.Scheduler.HeartbeatAsync("c1", "warning", "slow")!;
        Assert.Equal(("c1", "warning", "slow"), await rig.Sink.NextAsync());

        rig.Time.Advance(s_ttl);
        Assert.Equal("critical", (await rig.Sink.NextAsync()).Status);
        rig.Time.Advance(s_ttl * 5);
        Assert.False(rig.Sink.HasReport);
    }

    [Fact]
    public async Task Fail_IsReportedAsCritical_DespiteThresholds()
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(s_spec with { FailuresBeforeCritical = 3 });
        await rig.Scheduler.HeartbeatAsync("c1", "critical", "disk full")!;
        Assert.Equal(("c1", "critical", "disk full"), await rig.Sink.NextAsync());
    }

    [Fact]
    public async Task Heartbeat_ForNoCheckOrAnotherKind_IsRefused()
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(CheckRig.Spec(CheckKind.Tcp, "127.0.0.1:1"));
        Assert.Null(rig.Scheduler.HeartbeatAsync("c1", "passing", ""));
        Assert.Null(rig.Scheduler.HeartbeatAsync("nope", "passing", ""));
        Assert.False(rig.Sink.HasReport);
    }

    [Fact]
    public async Task LongOutput_KeepsItsFirst4096BytesAndSaysSo()
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(s_spec);
        await rig.Scheduler.HeartbeatAsync("c1", "passing", "first" + new string('x', 5000) + "last")!;
        Assert.Equal($"first{new string('x', 4091)} ... (captured 4096 of 5009 bytes)", (await rig.Sink.NextAsync()).Output);
    }

    [Theory]
    [InlineData(4096, 1365)]
    [InlineData(6, 2)]
    [InlineData(1, 0)]
    public async Task LongOutputOfManyByteCharacters_IsCutBetweenCharacters(int size, int characters)
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(s_spec with { OutputMaxSize = size });
        await rig.Scheduler.HeartbeatAsync("c1", "passing", new string('€', 2000))!;
        Assert.Equal($"{new string('€', characters)} ... (captured {size} of 6000 bytes)", (await rig.Sink.NextAsync()).Output);
    }

    [Fact]
    public async Task Stopped_SaysNothingMore()
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(s_spec);
        rig.Scheduler.Stop("c1");
        rig.Time.Advance(s_ttl * 2);
        Assert.False(rig.Sink.HasReport);
        Assert.Null(rig.Scheduler.HeartbeatAsync("c1", "passing", ""));
    }

    [Fact]
    public async Task ExpiryThatCannotBeKept_IsReportedAgain()
    {
        await using var rig = new CheckRig();
        rig.Scheduler.Start(s_spec);
        rig.Sink.Keeps = false;
        Assert.False(await rig.Scheduler.HeartbeatAsync("c1", "passing", "")!);
        await rig.Sink.NextAsync();
        rig.Time.Advance(s_ttl);
        Assert.Equal(("c1", "critical", "TTL expired"), await rig.Sink.NextAsync());

        rig.Time.Advance(rig.Options.ReapInterval);
        Assert.Equal(("c1", "critical", "TTL expired"), await rig.Sink.NextAsync());
        rig.Sink.Keeps = true;
        rig.Time.Advance(rig.Options.ReapInterval);
        Assert.Equal(("c1", "critical", "TTL expired"), await rig.Sink.NextAsync());
        rig.Time.Advance(rig.Options.ReapInterval);
        Assert.False(rig.Sink.HasReport);
    }

    [Fact]
    public async Task ExpiresWhileAHeartbeatIsBeingReported_TheLastWordIsTheExpiry()
    {
        var time = new FakeTimeProvider();
        var reports = new List<string>();
        var slow = true;
        await using var check = new TtlCheck(s_spec, time, result =>
        {
            if (slow)
            {
                slow = false;
                time.Advance(s_ttl);
            }

            reports.Add(result.Status);
            return Task.FromResult(true);
        });

        await check.HeartbeatAsync("passing", "");

        Assert.Equal("critical", reports[^1]);
    }

    [Fact]
    public async Task TtlLongerThanATimerCanBe_ExpiresWhenItIsOver()
    {
        await using (new TtlCheck(s_spec with { Ttl = TimeSpan.FromDays(400) }, TimeProvider.System, static _ => Task.FromResult(true)))
        {
        }

        await using var rig = new CheckRig();
        rig.Scheduler.Start(s_spec with { Ttl = TimeSpan.FromDays(400) });
        rig.Time.Advance(TimeSpan.FromDays(399));
        Assert.False(rig.Sink.HasReport);

        rig.Time.Advance(TimeSpan.FromDays(1));

        Assert.Equal("critical", (await rig.Sink.NextAsync()).Status);
    }
}
