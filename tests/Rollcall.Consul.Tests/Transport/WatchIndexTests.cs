using Rollcall.Consul.Transport;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests.Transport;

public sealed class WatchIndexTests
{
    private static readonly TimeSpan s_wait = TimeSpan.FromMinutes(5);

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(false, 13)]
    [InlineData(true, 26)]
    public void NothingForAnHour_CostsFewQuestionsMore(bool hadValue, int most)
    {
        var index = new WatchIndex(0, hadValue, _time);

        Assert.InRange(QuestionsIn(TimeSpan.FromHours(1), index), 13, most);
        Assert.InRange(QuestionsIn(TimeSpan.FromHours(1), index), 11, 12);
    }

    [Fact]
    public void NothingAgainAfterSomething_IsAskedAgainInSeconds()
    {
        var index = new WatchIndex(0, hadValue: true, _time);
        QuestionsIn(TimeSpan.FromHours(1), index);
        Assert.Equal(s_wait, index.Wait(s_wait));

        index.Take(8, isNothing: false, TimeSpan.Zero, s_wait);
        index.Take(9, isNothing: true, TimeSpan.Zero, s_wait);

        Assert.Equal(TimeSpan.FromSeconds(5), index.Wait(s_wait));
        Assert.Equal(TimeSpan.FromSeconds(2), index.Wait(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void NothingWithAnIndexThatMoves_IsAskedAgainAllTheSame()
    {
        var index = new WatchIndex(0, hadValue: true, _time);
        for (ulong i = 1; i <= 5; i++)
        {
            Assert.False(index.Take(i, isNothing: true, TimeSpan.FromSeconds(1), s_wait));
            Assert.Equal(i, index.Asked);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(index.Take(6, isNothing: true, TimeSpan.FromSeconds(1), s_wait));

        Assert.Equal(0UL, index.Asked);
    }

    [Theory]
    [InlineData(296, 0)]
    [InlineData(300, 7)]
    public void SameIndex_IsLeftOnlyBeforeTheWaitIsOver(int waited, ulong asked)
    {
        var index = new WatchIndex(7, hadValue: false, _time);

        Assert.False(index.Take(7, isNothing: false, TimeSpan.FromSeconds(waited), s_wait));

        Assert.Equal(asked, index.Asked);
    }

    [Fact]
    public void AgentThatWaitsForLess_IsAskedWithoutTheIndexOnceOnly()
    {
        var index = new WatchIndex(7, hadValue: false, _time);

        index.Take(7, isNothing: false, TimeSpan.FromSeconds(2.1), s_wait);
        Assert.Equal(0UL, index.Asked);
        index.Take(7, isNothing: false, TimeSpan.Zero, s_wait);
        index.Take(7, isNothing: false, TimeSpan.FromSeconds(2), s_wait);
        Assert.Equal(7UL, index.Asked);

        // Still sooner: what it waited at was put aside.
        index.Take(7, isNothing: false, TimeSpan.FromSeconds(1), s_wait);
        Assert.Equal(0UL, index.Asked);
    }

    // More than ten minutes are never granted.
    [Fact]
    public void SameIndexAfterTheLongestWaitThatIsGranted_IsKept()
    {
        var index = new WatchIndex(7, hadValue: false, _time);

        index.Take(7, isNothing: false, TimeSpan.FromMinutes(10), TimeSpan.FromHours(1));

        Assert.Equal(7UL, index.Asked);
    }

    private int QuestionsIn(TimeSpan span, WatchIndex index)
    {
        var end = _time.GetUtcNow() + span;
        var questions = 0;
        while (_time.GetUtcNow() < end)
        {
            questions++;
            var wait = index.Wait(s_wait);
            var waited = index.Asked == 0 ? TimeSpan.Zero : wait;
            _time.Advance(waited);
            index.Take(7, isNothing: true, waited, wait);
        }

        return questions;
    }
}
