namespace Rollcall.Consul.Tests;

public sealed class ConsulQueryTests
{
    [Fact]
    public void ToString_HasNoToken()
    {
        Assert.DoesNotContain("secret", new ConsulQuery { Token = "secret" }.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", new InstanceQuery { Token = "secret", PassingOnly = true }.ToString(), StringComparison.Ordinal);
    }
}
