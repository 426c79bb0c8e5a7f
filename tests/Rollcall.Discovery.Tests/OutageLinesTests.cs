using Microsoft.Extensions.Logging;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests;

/// <summary>What the log says of an outage: enough to see what it is, and not for each list.</summary>
public sealed class OutageLinesTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogCollector _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task OutageOfManyLists_IsLoggedInTwoLines()
    {
        const int Count = 50;
        var source = new RecoveringSource();
        await using var directory = new EndpointDirectory(source, timeProvider: _time, loggerFactory: _log, random: new Random(1));
        EndpointWatch[] watches = [.. Enumerable.Range(0, Count).Select(i => directory.Watch(new ServiceQuery($"s{i}")))];
        await source.AnswerAllAsync(Count, _time);

        Assert.All(watches, static watch => Assert.Null(watch.Failure));
        Assert.Equal(
            [LogLevel.Warning, LogLevel.Information],
            _log.Entries.Where(static entry => entry.Level > LogLevel.Debug).Select(static entry => entry.Level));
    }

    [Fact]
    public async Task OutageWhoseReasonChanges_IsLoggedWithTheNewOne_AndAgainWhileItLasts()
    {
        var source = new ScriptedSource { Down = new HttpRequestException("connection refused") };
        await using var directory = new EndpointDirectory(source, timeProvider: _time, loggerFactory: _log, random: new Random(1));
        await using var watch = directory.Watch(new ServiceQuery("orders"));
        await LoggedAsync("can't be read: connection refused. No instances are known", 1);
        source.Down = new HttpRequestException("the certificate is of another authority");
        await AdvanceAsync(TimeSpan.FromSeconds(5));
        await LoggedAsync("can't be read: the certificate is of another authority. No instances are known", 1);
        await AdvanceAsync(TimeSpan.FromMinutes(11));
        await LoggedAsync("The last one: the certificate is of another authority. Further lists of the same source that can't be read: 0", 2);

        Task LoggedAsync(string end, int times) =>
            Eventually.TrueAsync(() => _log.Entries.Count(e => e.Level == LogLevel.Warning && e.Message.EndsWith(end, StringComparison.Ordinal)) == times);

        async Task AdvanceAsync(TimeSpan by)
        {
            for (var end = _time.GetUtcNow() + by; _time.GetUtcNow() < end;)
            {
                await _time.WaitForTimersAsync(1);
                _time.Advance(TimeSpan.FromSeconds(1));
            }
        }
    }
}
