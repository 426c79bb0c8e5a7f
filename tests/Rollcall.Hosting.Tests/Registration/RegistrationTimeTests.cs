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
}
