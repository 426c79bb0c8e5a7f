using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

public sealed class FieldPathTests
{
    [Fact]
    public void HundredNames_AreResolved()
    {
        Assert.True(FieldPath.TryResolve(Place.Descriptor, Nested(100), jsonFirst: true, out var path, out var fault));
        Assert.Null(fault);
        Assert.Equal("shelf", path.Leaf.Name);
    }

    [Theory]
    [InlineData(101)]
    [InlineData(100_000)]
    public void MoreNames_AreAFault(int names)
    {
        Assert.False(FieldPath.TryResolve(Place.Descriptor, Nested(names), jsonFirst: true, out _, out var fault));
        Assert.Equal("it has more than 100 names", fault);
    }

    [Fact]
    public void MoreNamesOfAnUnknownField_ArePassedOver()
    {
        Assert.False(FieldPath.TryResolve(Place.Descriptor, "unknown." + Nested(101), jsonFirst: true, out _, out var fault));
        Assert.Null(fault);
    }

    private static string Nested(int names) => string.Join('.', [.. Enumerable.Repeat("up", names - 1), "shelf"]);
}
