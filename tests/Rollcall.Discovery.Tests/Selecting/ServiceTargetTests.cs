using System.Collections.Immutable;
using Rollcall.Discovery.Selecting;

namespace Rollcall.Discovery.Tests.Selecting;

public sealed class ServiceTargetTests
{
    [Fact]
    public void EveryParameter_IsRead()
    {
        var target = ServiceTarget.Parse(
            "orders?tag=v1&anytag=eu&anytag=us&nottag=old&version=>=1.4%20<2&env=prod&protocol=grpc&meta.zone=a&meta.x%3Dy=z%26"
            + "&dc=dc1,dc2&near=_agent&filter=Service.Port%20==%2080&passing=false&warning=true&port=metrics&policy=random");

        Assert.Equal(
            new ServiceTarget(new ServiceQuery("orders")
            {
                Tags = ["v1"],
                Datacenters = ["dc1", "dc2"],
                Near = "_agent",
                Filter = "Service.Port == 80",
                PassingOnly = false,
                WarningToo = true,
                Select = new EndpointSelector
                {
                    AnyTags = ["eu", "us"],
                    NoTags = ["old"],
                    Version = VersionRange.Parse(">=1.4 <2"),
                    Port = "metrics",
                    Metadata = ImmutableSortedDictionary<string, string>.Empty
                        .Add("env", "prod").Add("protocol", "grpc").Add("zone", "a").Add("x=y", "z&"),
                },
            })
            {
                Policy = "random",
            },
            target);
    }

    [Theory]
    [InlineData("orders?canary=5&canary.version=^2", 5, null, null)]
    [InlineData("orders?canary=0.25&canary.header=x-canary&canary.tag=beta", 0.25, "x-canary", null)]
    [InlineData("orders?canary=5&canary.port=debug", 5, null, null)]
    [InlineData("orders?canary.header=x-canary:always&canary.nottag=old&canary.env=staging&canary.meta.zone=a", 0, "x-canary", "always")]
    public void Canary_IsReadAndWritten(string text, double percent, string? header, string? value)
    {
        var target = ServiceTarget.Parse(text);

        Assert.Equal(percent, target.Canary!.Percent);
        Assert.Equal(header, target.Canary.Header);
        Assert.Equal(value, target.Canary.HeaderValue);
        Assert.NotEqual(EndpointSelector.All, target.Canary.Instances);
        Assert.Equal(new ServiceQuery("orders"), target.Query);
        Assert.Equal(text, target.ToString());
    }

    [Theory]
    [InlineData("orders")]
    [InlineData("orders?tag=eu%20west&tag=v1&anytag=a&nottag=b&env=prod&meta.zone=a&version=^1.2%20||%20>=3&dc=dc1,dc2&near=n&filter=a%20==%20b&passing=false&policy=random")]
    [InlineData("orders?tag=v1&port=metrics&warning=true&canary=5&canary.version=^2&canary.port=debug")]
    [InlineData("a%2Fb%3F")]
    [InlineData("orders?tag=50%25%26more%23")]
    [InlineData("orders?meta.a%3Db=c=d")]
    [InlineData("orders?tag=%C3%A9t%C3%A9")]
    public void Text_IsTheTarget(string text) => Assert.Equal(text, ServiceTarget.Parse(text).ToString());

    [Theory]
    [InlineData("", "the service's name is missing")]
    [InlineData("?tag=v1", "the service's name is missing")]
    [InlineData("a/b", "'a/b' contains a '/'")]
    [InlineData("%20", "is blank")]
    [InlineData("orders#x", "'#'")]
    [InlineData("orders?tag=a#x", "'#'")]
    [InlineData("orders?tags=v1", "the parameter 'tags' is not known; known are tag, anytag, nottag, version, port, env, protocol, meta.KEY, dc, near, filter, passing, warning")]
    [InlineData("orders?meta.KEY=", "'meta.KEY' has no value")]
    [InlineData("orders?meta.=x", "after 'meta.' there is no key")]
    [InlineData("orders?tag", "'tag' has no value")]
    [InlineData("orders?near=a&near=b", "'near' is there more than once")]
    [InlineData("orders?version=1&version=2", "'version' is there more than once")]
    [InlineData("orders?env=a&env=b", "'env' is there more than once")]
    [InlineData("orders?env=a&meta.env=b", "'meta.env' is there more than once")]
    [InlineData("orders?version=latest", "'latest' is not a version")]
    [InlineData("orders?dc=dc1,,dc2", "have an empty one among them")]
    [InlineData("orders?passing=yes", "'passing' is 'yes' and has to be true or false")]
    [InlineData("orders?warning=yes", "'warning' is 'yes' and has to be true or false")]
    [InlineData("orders?port=a&port=b", "'port' is there more than once")]
    [InlineData("orders?canary.port=a&canary.port=b&canary=1", "'canary.port' is there more than once")]
    [InlineData("orders?policy=roundrobin", "there is no policy 'roundrobin'; use one of")]
    [InlineData("orders?canary=5", "not which those are; add for example canary.version=^2")]
    [InlineData("orders?canary.header=x", "not which those are; add for example canary.version=^2")]
    [InlineData("orders?canary.version=^2", "not which calls go to them; add for example canary=5")]
    [InlineData("orders?canary=101&canary.tag=x", "'canary' is '101' and has to be a percentage from 0 to 100")]
    [InlineData("orders?canary=-1&canary.tag=x", "has to be a percentage")]
    [InlineData("orders?canary=NaN&canary.tag=x", "has to be a percentage")]
    [InlineData("orders?canary=5&canary=6&canary.tag=x", "'canary' is there more than once")]
    [InlineData("orders?canary.env=a&canary.env=b&canary=1", "'canary.env' is there more than once")]
    [InlineData("orders?canary.header=:x&canary.tag=x", "'canary.header' has no name before the ':'")]
    [InlineData("orders?canary.dc=dc1", "'canary.dc' is not known")]
    public void Unusable_IsRefusedWithThePartAndAnExample(string text, string expected)
    {
        var e = Assert.Throws<FormatException>(() => ServiceTarget.Parse(text));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Contains("orders?tag=v1", e.Message, StringComparison.Ordinal);
        Assert.False(ServiceTarget.TryParse(text, out _, out var fault));
        Assert.Contains(fault, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TagsInAnotherOrder_AreTheSameQuery() =>
        Assert.Equal(ServiceTarget.Parse("orders?tag=b&tag=a&tag=b").Query, ServiceTarget.Parse("orders?tag=a&tag=b").Query);

    [Fact]
    public void WarningToo_IsAnotherQuery()
    {
        Assert.NotEqual(new ServiceQuery("orders"), new ServiceQuery("orders") { WarningToo = true });
        Assert.Equal(new ServiceQuery("orders") { WarningToo = true }, ServiceTarget.Parse("orders?warning=true").Query);
        Assert.Equal(new ServiceQuery("orders"), ServiceTarget.Parse("orders?warning=false").Query);
    }
}
