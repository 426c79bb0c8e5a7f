namespace Rollcall.TestKit.Tests;

public class FreePortTests
{
    [Fact]
    public void Ports_AreNeverGivenTwice()
    {
        var ports = Enumerable.Range(0, 100).Select(_ => FreePort.Next()).ToList();
        Assert.Equal(100, ports.Distinct().Count());
    }
}
