using Rollcall.Consul.Wire;
using Rollcall.TestKit;
using Rollcall.Testing;

namespace Rollcall.Hosting.Tests.Registration;

/// <summary>What a registration does by the clock.</summary>
public sealed class RegistrationTimeTests
{
    private const string Pass = "/v1/agent/check/pass/";

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
}
