namespace Rollcall.TestKit.Tests;

public class EventuallyTests
{
    [Fact]
    public async Task ConditionThatBecomesTrue_Completes()
    {
        var asked = 0;
        await Eventually.TrueAsync(() => ++asked == 3);
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task ConditionThatStaysFalse_NamesLineExpressionAndWhatWasSeen()
    {
        var never = false;
        var e = await Assert.ThrowsAsync<TimeoutException>(
            () => Eventually.TrueAsync(() => never, TimeSpan.FromMilliseconds(30), () => "still dark"));

        Assert.Contains("EventuallyTests.cs:", e.Message, StringComparison.Ordinal);
        Assert.Contains("never", e.Message, StringComparison.Ordinal);
        Assert.Contains("still dark", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TaskThatHangs_IsGivenUpOn()
    {
        var hangs = new TaskCompletionSource<int>();
        var e = await Assert.ThrowsAsync<TimeoutException>(() => hangs.Task.WithinAsync(TimeSpan.FromMilliseconds(30)));
        Assert.Contains("hangs.Task", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TaskThatFails_GivesItsOwnException() =>
        await Assert.ThrowsAsync<FormatException>(() => Task.FromException<int>(new FormatException()).WithinAsync());

    [Fact]
    public async Task AssertionsThatKeepFailing_AreTheCause()
    {
        var e = await Assert.ThrowsAsync<TimeoutException>(() => Eventually.PassesAsync(
            () =>
            {
                Assert.Equal(1, 2);
                return Task.CompletedTask;
            },
            TimeSpan.FromMilliseconds(30)));
        _ = Assert.IsType<Xunit.Sdk.EqualException>(e.InnerException);
    }
}
