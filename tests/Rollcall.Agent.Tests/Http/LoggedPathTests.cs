using Rollcall.Agent.Http;

namespace Rollcall.Agent.Tests.Http;

public sealed class LoggedPathTests
{
    [Theory]
    [InlineData("/v1/kv/a%2Fb?keys&separator=%2F", "/v1/kv/a%2Fb?keys&separator=%2F")]
    [InlineData("/v1/kv/a?raw&token=secret;x=1&token=se+cret&&", "/v1/kv/a?raw&token=<hidden>;x=1&token=<hidden>&&")]
    [InlineData("/v1/kv/a?to%6ben=s%65cret", "/v1/kv/a?to%6ben=<hidden>")]
    [InlineData("/v1/kv/a?Token=secret", "/v1/kv/a?Token=<hidden>")]
    [InlineData("/v1/kv/a?token", "/v1/kv/a?token")]
    [InlineData("/v1/kv/a?token=", "/v1/kv/a?token=<hidden>")]
    [InlineData("/v1/kv/a?nottoken=1&token2=2", "/v1/kv/a?nottoken=1&token2=2")]
    [InlineData("/v1/acl/cl%6Fne/secret?x=1", "/v1/acl/clone/<hidden>")]
    public void SecretsOfATarget_AreHidden(string raw, string logged)
    {
        Assert.True(RequestTarget.TryParse(raw, out var target));

        Assert.Equal(logged, LoggedPath.Of(target));
    }

    [Fact]
    public void TargetThatIsLong_IsCut()
    {
        Assert.True(RequestTarget.TryParse($"/v1/kv/a?token={new string('s', 300)}&x={new string('x', 300)}", out var target));

        Assert.Equal($"/v1/kv/a?token=<hidden>&x={new string('x', 174)}", LoggedPath.Of(target));
    }
}
