using Rollcall.Discovery.Sources;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Sources;

public class CombinedSourceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SwitchedSource _one = new("one");
    private readonly SwitchedSource _two = new("two");

    [Fact]
    public async Task First_IsUsedWhileItAnswers_TheNextWhileItFails_AndItselfAgain()
    {
        await using var updates = Watch(new FirstEndpointSource([_one, _two], _time));
        var next = updates.MoveNextAsync().AsTask();
        _two.Say("backup");
        await Eventually.TrueAsync(() => _one.IsOpen && _two.IsOpen);
        Assert.False(next.IsCompleted);

        _one.Say("a", "b");
        Assert.Equal(["a", "b"], await HostsAsync(next, updates));

        _one.Fail();
        Assert.Equal(["backup"], await HostsAsync(updates));

        // A list of the second that changes meanwhile is told, an empty one too: it is an answer.
        _two.Say();
        Assert.Empty(await HostsAsync(updates));

        next = updates.MoveNextAsync().AsTask();
        _one.Say("c");
        await AdvanceUntilAsync(next);
        Assert.Equal(["c"], await HostsAsync(next, updates));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void QueryThatOneRefuses_IsRefused(bool first)
    {
        IEndpointSource source = first ? new FirstEndpointSource([_one, _two], _time) : new MergedEndpointSource([_one, _two], _time);
        var query = new ServiceQuery("orders");
        var both = new AggregateException(new IOException("one"), new IOException("two"));

        Assert.False(source.IsRefusal(query, both));
        _two.Refuses = true;
        Assert.True(source.IsRefusal(query, both));
        Assert.False(source.IsRefusal(query, new IOException("something else")));
    }

    [Fact]
    public async Task First_WithoutAnyThatAnswers_FailsAndNamesEach()
    {
        await using var updates = Watch(new FirstEndpointSource([_one, _two], _time));
        var next = updates.MoveNextAsync().AsTask();
        _one.Fail();
        _two.Fail();

        var exception = await Assert.ThrowsAsync<AggregateException>(() => next.WithinAsync());

        Assert.Contains("one: one is down; two: two is down", exception.Message, StringComparison.Ordinal);
        Assert.False(_one.IsOpen || _two.IsOpen);
    }

    [Fact]
    public async Task Merged_IsAllOfThem_AndWaitsUntilEachWasHeard()
    {
        await using var updates = Watch(new MergedEndpointSource([_one, _two], _time));
        var next = updates.MoveNextAsync().AsTask();
        _one.Say("a", "b");
        await Eventually.TrueAsync(() => _one.IsOpen && _two.IsOpen);
        Assert.False(next.IsCompleted);

        _two.Say("b", "c");
        Assert.Equal(["a", "b", "c"], await HostsAsync(next, updates));

        _one.Say();
        Assert.Equal(["b", "c"], await HostsAsync(updates));
    }

    [Fact]
    public async Task Merged_KeepsTheListOfOneThatFails_InDoubt()
    {
        await using var updates = Watch(new MergedEndpointSource([_one, _two], _time));
        _one.Say("a");
        _two.Say("c");
        await HostsAsync(updates);

        _one.Fail();
        Assert.Equal(["a", "c"], await HostsAsync(updates));
        Assert.Equal("one can't be read: one is down", updates.Current.Doubt);

        var next = updates.MoveNextAsync().AsTask();
        _one.Say("b");
        await AdvanceUntilAsync(next);
        Assert.Equal(["b", "c"], await HostsAsync(next, updates));
        Assert.Null(updates.Current.Doubt);
    }

    [Fact]
    public async Task Merged_WithOneThatNeverAnswered_IsTheOthersInDoubt_AndWithoutAnyFails()
    {
        _one.Fail();
        _two.Say("c");
        await using (var updates = Watch(new MergedEndpointSource([_one, _two], _time)))
        {
            Assert.Equal(["c"], await HostsAsync(updates));
            Assert.NotNull(updates.Current.Doubt);
        }

        _two.Fail();
        await using var failing = Watch(new MergedEndpointSource([_one, _two], _time));
        await Assert.ThrowsAsync<AggregateException>(() => failing.MoveNextAsync().AsTask().WithinAsync());
    }

    [Fact]
    public async Task Ending_EndsEveryWatch()
    {
        _one.Say("a");
        foreach (var source in new IEndpointSource[] { new FirstEndpointSource([_one, _two], _time), new MergedEndpointSource([_one, _one], _time) })
        {
            var updates = Watch(source);
            Assert.Equal(["a"], await HostsAsync(updates));
            await updates.DisposeAsync().AsTask().WithinAsync();
            Assert.False(_one.IsOpen || _two.IsOpen);
        }
    }

    [Fact]
    public async Task Outage_OfThePreferredSource_IsNoneForCallers()
    {
        _one.Say("a");
        _two.Say("backup");
        await using var directory = new EndpointDirectory(new FirstEndpointSource([_one, _two], _time), null, _time);
        var watch = directory.Watch(new ServiceQuery("web"));
        Assert.Equal("a", (await watch.FirstAsync().AsTask().WithinAsync()).Endpoints[0].Host);

        _one.Fail();
        await Eventually.TrueAsync(() => watch.Current is { Freshness: SnapshotFreshness.Fresh, Endpoints: [{ Host: "backup" }] });

        // Without the second one the list stays, and says that it is old.
        _two.Fail();
        await Eventually.TrueAsync(() => watch.Current is { Freshness: SnapshotFreshness.Stale, Endpoints: [{ Host: "backup" }] });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SourceDownForManyLists_IsAskedHardlyMoreOften_AndTheFirstAnswerWakesAll(bool first)
    {
        const int Count = 20;
        var source = new RecoveringSource();
        IEndpointSource[] sources = [source, new StaticEndpointSource(Instances.B)];
        await using var directory = new EndpointDirectory(
            first ? new FirstEndpointSource(sources, _time) : new MergedEndpointSource(sources, _time),
            new EndpointDirectoryOptions { UnchangedPause = TimeSpan.Zero },
            _time);
        EndpointWatch[] watches = [.. Enumerable.Range(0, Count).Select(i => directory.Watch(new ServiceQuery($"s{i}")))];
        await Task.WhenAll(watches.Select(static watch => watch.FirstAsync().AsTask().WithinAsync()));
        await WaitAsync(TimeSpan.FromMinutes(1));
        var opened = source.Opened;
        await WaitAsync(TimeSpan.FromMinutes(2));

        // By one list it would be asked 80 to 160 times.
        Assert.InRange(source.Opened - opened, 80, 170);

        Assert.InRange(await source.AnswerAllAsync(Count, _time), TimeSpan.Zero, TimeSpan.FromSeconds(1.5));
        await Eventually.TrueAsync(() => watches.All(static watch => watch.Current!.Endpoints.Contains(Instances.A)));

        async Task WaitAsync(TimeSpan time)
        {
            for (var end = _time.GetUtcNow() + time; _time.GetUtcNow() < end;)
            {
                await _time.WaitForTimersAsync(Count);
                _time.Advance(_time.NextTimerDueIn!.Value);
            }
        }
    }

    [Fact]
    public void WithoutSources_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FirstEndpointSource([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MergedEndpointSource([]));
    }

    private static IAsyncEnumerator<EndpointUpdate> Watch(IEndpointSource source) => source.WatchAsync(new ServiceQuery("web"), CancellationToken.None).GetAsyncEnumerator();

    private static Task<string[]> HostsAsync(IAsyncEnumerator<EndpointUpdate> updates) => HostsAsync(updates.MoveNextAsync().AsTask(), updates);

    private static async Task<string[]> HostsAsync(Task<bool> next, IAsyncEnumerator<EndpointUpdate> updates)
    {
        Assert.True(await next.WithinAsync());
        return [.. updates.Current.Endpoints.Select(endpoint => endpoint.Host)];
    }

    private Task AdvanceUntilAsync(Task next) => _time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => next.IsCompleted);
}
