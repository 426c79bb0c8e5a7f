using System.Collections.Frozen;
using System.Collections.Immutable;
using Rollcall.Discovery.Selecting;

namespace Rollcall.Discovery.Tests.Selecting;

public sealed class EndpointSelectorTests
{
    private static readonly Endpoint s_endpoint = new("a", "127.0.0.1", 1001)
    {
        Tags = ["v1", "eu", "blue"],
        Metadata = new Dictionary<string, string> { ["version"] = "1.4.2", ["env"] = "prod", ["zone"] = "a" }.ToFrozenDictionary(),
    };

    [Theory]
    [InlineData("", null)]
    [InlineData("tag=v1", null)]
    [InlineData("tag=v1&tag=eu", null)]
    [InlineData("tag=v1&tag=us", "without tag us")]
    [InlineData("tag=V1", "without tag V1")]
    [InlineData("anytag=us&anytag=eu", null)]
    [InlineData("anytag=us&anytag=asia", "without any of the tags asia, us")]
    [InlineData("nottag=green", null)]
    [InlineData("nottag=green&nottag=blue", "with tag blue")]
    [InlineData("version=^1.2", null)]
    [InlineData("version=>=2", "with version 1.4.2")]
    [InlineData("env=prod", null)]
    [InlineData("env=test", "with env prod")]
    [InlineData("env=Prod", "with env prod")]
    [InlineData("protocol=grpc", "without protocol")]
    [InlineData("meta.zone=a&meta.env=prod", null)]
    [InlineData("meta.zone=b", "with zone a")]
    [InlineData("tag=v1&nottag=green&version=1.x&env=prod&meta.zone=a", null)]
    public void Conditions_AllHaveToHold(string parameters, string? whyNot)
    {
        var query = ServiceTarget.Parse($"orders?{parameters}").Query;
        var selector = query.Select with { Tags = query.Tags };

        Assert.Equal(whyNot, selector.WhyNot(s_endpoint));
        Assert.Equal(whyNot is null, selector.Matches(s_endpoint));
    }

    [Fact]
    public void InstanceWithoutVersion_IsInNoRange() =>
        Assert.Equal("without version", new EndpointSelector { Version = VersionRange.Parse("*") }.WhyNot(Instances.A));

    [Fact]
    public void SelectorsThatChooseTheSameWay_AreEqual()
    {
        EndpointSelector a = new()
        {
            Tags = ["a", "b"],
            AnyTags = ["c", "d"],
            NoTags = ["e"],
            Version = VersionRange.Parse("^1"),
            Metadata = ImmutableSortedDictionary<string, string>.Empty.Add("x", "1").Add("y", "2"),
        };
        EndpointSelector b = new()
        {
            Tags = ["b", "a", "b"],
            AnyTags = ["d", "c"],
            NoTags = ["e"],
            Version = VersionRange.Parse("^1"),
            Metadata = ImmutableSortedDictionary<string, string>.Empty.Add("y", "2").Add("x", "1"),
        };

        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        EndpointSelector[] others =
        [
            a with { Tags = ["a"] }, a with { AnyTags = [] }, a with { NoTags = ["f"] }, a with { Version = null },
            a with { Metadata = a.Metadata.SetItem("x", "2") },
        ];
        Assert.All(others, other => Assert.NotEqual(a, other));
        Assert.Equal(EndpointSelector.All, new EndpointSelector { Tags = default, Metadata = null!, AnyTags = default, NoTags = default });
    }
}
