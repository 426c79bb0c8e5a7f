using Rollcall.Agent.Checks;

namespace Rollcall.Agent.Tests.Checks;

public sealed class OsServiceCheckTests
{
    /// <summary>With systemd the unit is unknown, without it nobody can be asked: critical either way, and the output says which.</summary>
    [Fact]
    public async Task UnitThatIsNotThere_IsCriticalAndSaysWhy()
    {
        await using var rig = new CheckRig();

        var (_, status, output) = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.OsService, "no-such-unit-of-anybody"));

        Assert.Equal("critical", status);
        Assert.Matches("Service \"no-such-unit-of-anybody\" is |systemctl could not be started", output);
    }
}
