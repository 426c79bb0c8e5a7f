using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Tests.Resilience;

public class CallStatusSetTests
{
    [Fact]
    public void Set_HasWhatItWasMadeOf()
    {
        var set = new CallStatusSet(CallStatus.Unavailable, CallStatus.Aborted);

        Assert.True(set.Contains(CallStatus.Aborted));
        Assert.False(set.Contains(CallStatus.Ok));
        Assert.False(set.Contains((CallStatus)99));
        Assert.False(set.Contains((CallStatus)(-1)));
        Assert.Equal([CallStatus.Aborted, CallStatus.Unavailable], set);
        Assert.True(default(CallStatusSet).IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CallStatusSet((CallStatus)17));
    }

    [Theory]
    [InlineData(200, CallStatus.Ok)]
    [InlineData(400, CallStatus.Internal)]
    [InlineData(404, CallStatus.Unimplemented)]
    [InlineData(429, CallStatus.Unavailable)]
    [InlineData(500, CallStatus.Unknown)]
    [InlineData(503, CallStatus.Unavailable)]
    public void OfHttp_IsGrpcsTable(int http, CallStatus expected) => Assert.Equal(expected, CallStatusSet.OfHttp(http));
}
