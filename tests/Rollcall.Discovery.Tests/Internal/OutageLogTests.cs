using Rollcall.Discovery.Internal;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Internal;

public sealed class OutageLogTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly OutageLog _log;

    public OutageLogTests() => _log = new OutageLog(_time);

    [Fact]
    public void ManyWatchesFailAlike_OneLineAndOneBack()
    {
        OutageLog.Member[] watches = [.. Enumerable.Range(0, 500).Select(_ => _log.Enter())];

        Assert.Equal((OutageLog.Line.News, 499), Fail(0));
        Assert.All(Enumerable.Range(1, 499), i => Assert.Equal(OutageLog.Line.None, Fail(i).Line));
        Assert.Equal(OutageLog.Line.None, Fail(0).Line);
        Assert.Equal((true, 499), watches[7].Succeed());
        Assert.All(watches, static watch => Assert.False(watch.Succeed().IsNews));
        Assert.Equal(OutageLog.Line.News, Fail(3).Line);

        (OutageLog.Line Line, int Others) Fail(int i) => watches[i].Fail($"GET /v1/health/service/s-{i}: refused from port {i}", $"s-{i}", isRefusal: false);
    }

    [Fact]
    public void ReasonChanges_IsToldOnceInFiveMinutes()
    {
        var watch = _log.Enter();
        Assert.Equal(OutageLog.Line.News, watch.Fail("500 EOF", "a", isRefusal: false).Line);
        Assert.Equal(OutageLog.Line.News, watch.Fail("refused", "a", isRefusal: false).Line);
        Assert.Equal(OutageLog.Line.News, watch.Fail("the certificate is of another authority", "a", isRefusal: false).Line);
        Assert.Equal(OutageLog.Line.None, watch.Fail("refused", "a", isRefusal: false).Line);
        _time.Advance(OutageLog.Interval);
        Assert.Equal(OutageLog.Line.Still, watch.Fail("refused", "a", isRefusal: false).Line);
        Assert.Equal(OutageLog.Line.None, watch.Fail("refused", "a", isRefusal: false).Line);
        Assert.Equal((true, 0), watch.Succeed());
        Assert.Equal((false, 0), watch.Succeed());
    }

    // A query of which Consul refuses the filter fails for good, and must hide nothing.
    [Fact]
    public void OneWatchFailsForGood_OutagesOfTheOthersAreToldEachTime()
    {
        var wrong = _log.Enter();
        var watch = _log.Enter();
        wrong.Fail("the filter is wrong", "a", isRefusal: false);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(OutageLog.Line.News, watch.Fail("refused", "b", isRefusal: false).Line);
            watch.Fail("500 EOF", "b", isRefusal: false);
            Assert.Equal(OutageLog.Line.None, wrong.Fail("the filter is wrong", "a", isRefusal: false).Line);
            Assert.Equal((true, 1), watch.Succeed());
        }
    }

    [Fact]
    public void ReasonsAreAllDifferent_FewAreTold()
    {
        var watch = _log.Enter();
        var lines = Enumerable.Range(0, 26).Select(i => watch.Fail($"fault {(char)('a' + i)}", "n", isRefusal: false).Line).ToList();

        Assert.Equal(9, lines.Count(static line => line == OutageLog.Line.News));
    }

    [Fact]
    public void WatchEndsWhileItFails_TheNextFailureIsNews()
    {
        var first = _log.Enter();
        first.Fail("refused", "a", isRefusal: false);
        first.End();

        Assert.Equal((OutageLog.Line.News, 0), _log.Enter().Fail("refused", "b", isRefusal: false));
    }

    // What is refused to one says nothing of the others, also where it began while others were refused.
    [Fact]
    public void EachRefusal_HasItsOwnLines()
    {
        OutageLog.Member[] watches = [_log.Enter(), _log.Enter(), _log.Enter()];

        Assert.Equal((OutageLog.Line.News, 0), Refuse(0, "audit"));
        Assert.Equal((OutageLog.Line.News, 0), Refuse(1, "billing"));
        Assert.Equal(OutageLog.Line.None, Refuse(0, "audit").Line);
        Assert.Equal(OutageLog.Line.None, Refuse(1, "billing").Line);
        _time.Advance(OutageLog.Interval);
        Assert.Equal((OutageLog.Line.Still, 1), Refuse(0, "audit"));
        Assert.Equal(OutageLog.Line.None, Refuse(1, "billing").Line);

        Assert.Equal((true, 1), watches[0].Succeed());
        Assert.Equal((true, 0), watches[1].Succeed());
        Assert.Equal((OutageLog.Line.News, 0), Refuse(1, "billing"));

        (OutageLog.Line Line, int Others) Refuse(int i, string name) => watches[i].Fail($"GET /v1/health/service/{name}: 403", name, isRefusal: true);
    }

    [Fact]
    public void RefusalBetweenOtherFailures_IsToldOnce()
    {
        var watch = _log.Enter();
        Assert.Equal(OutageLog.Line.News, watch.Fail("403", "a", isRefusal: true).Line);
        Assert.Equal(OutageLog.Line.News, watch.Fail("refused", "a", isRefusal: false).Line);
        Assert.Equal(OutageLog.Line.None, watch.Fail("403", "a", isRefusal: true).Line);
    }

    [Fact]
    public void OutageGoesOn_TellsOfThoseThatFail_NotOfThoseThatAreWell()
    {
        OutageLog.Member[] watches = [.. Enumerable.Range(0, 5).Select(_ => _log.Enter())];
        Assert.Equal((OutageLog.Line.News, 4), watches[0].Fail("500", "a", isRefusal: false));
        watches[1].Fail("500", "b", isRefusal: false);
        _time.Advance(OutageLog.Interval);

        Assert.Equal((OutageLog.Line.Still, 1), watches[0].Fail("500", "a", isRefusal: false));
    }
}
