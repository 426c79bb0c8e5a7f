namespace Rollcall.Consul.Wire.Tests;

public sealed class BlockingIndexTests
{
    [Theory]
    [InlineData(0UL, 5UL, 5UL)]
    [InlineData(5UL, 9UL, 9UL)]
    [InlineData(5UL, 5UL, 5UL)]
    [InlineData(9UL, 5UL, 0UL)]
    [InlineData(0UL, 0UL, 1UL)]
    [InlineData(1UL, 0UL, 1UL)]
    [InlineData(2UL, 0UL, 0UL)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue)]
    public void Next_NeverBelowOneAndFromZeroAfterARewind(ulong asked, ulong received, ulong next) =>
        Assert.Equal(next, BlockingIndex.Next(asked, received));

    [Fact]
    public void ClientTimeout_IsAboveWaitAndASixteenth() =>
        Assert.Equal(TimeSpan.FromSeconds(172), BlockingIndex.ClientTimeout(TimeSpan.FromSeconds(160), TimeSpan.FromSeconds(2)));
}
