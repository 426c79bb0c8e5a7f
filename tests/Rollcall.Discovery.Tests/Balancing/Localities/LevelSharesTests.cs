using Rollcall.Discovery.Balancing.Localities;

namespace Rollcall.Discovery.Tests.Balancing.Localities;

public sealed class LevelSharesTests
{
    [Theory]
    [InlineData(100, 1, 0)]
    [InlineData(72, 1, 0)]
    [InlineData(71, 0.994, 0.006)]
    [InlineData(50, 0.7, 0.3)]
    [InlineData(25, 0.35, 0.65)]
    [InlineData(0, 0, 1)]
    public void TheNextLevelTakesWhatTheFirstCant(int healthy, double first, double second)
    {
        var shares = LevelShares.Of([(healthy, 100), (100, 100)], 1.4, out var suffice);

        Assert.True(suffice);
        Assert.Equal(first, shares[0], 6);
        Assert.Equal(second, shares[1], 6);
    }

    [Fact]
    public void NotEnoughInAll_EachTakesInProportion()
    {
        var shares = LevelShares.Of([(25, 100), (25, 100), (0, 10)], 1.4, out var suffice);

        Assert.False(suffice);
        Assert.Equal([0.5, 0.5, 0], shares);
    }

    [Fact]
    public void ThreeLevels()
    {
        var shares = LevelShares.Of([(5, 20), (5, 10), (100, 100)], 1.4, out _);

        Assert.Equal(0.35, shares[0], 6);
        Assert.Equal(0.65, shares[1], 6);
        Assert.Equal(0, shares[2], 6);
    }

    [Fact]
    public void NoneIsHealthy_TheNearestTakesAll()
    {
        Assert.Equal([1, 0], LevelShares.Of([(0, 3), (0, 5)], 1.4, out var suffice));
        Assert.False(suffice);
        Assert.Equal([1], LevelShares.Of([(0, 0)], 1.4, out _));
    }
}
