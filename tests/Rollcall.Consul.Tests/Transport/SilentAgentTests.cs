using Microsoft.AspNetCore.Http;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests.Transport;

/// <summary>An agent that hangs takes connections, and answers nothing.</summary>
public sealed class SilentAgentTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hangs;
    private volatile bool _isSlow;

    [Fact]
    public async Task RequestIsNotAnswered_NorIsAQuestionForASignOfLife_WatchesFail()
    {
        await using var peer = await LoopbackPeer.StartAsync(AnswerAsync);
        using var client = Client(peer);
        await using var first = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        await using var second = client.Kv.WatchAsync("b").GetAsyncEnumerator();
        Task<bool>[] waiting = [await WaitingAsync(peer, first), await WaitingAsync(peer, second)];

        _hangs = true;
        await TimedOutAsync(peer, client);
        Assert.All(waiting, static watch => Assert.False(watch.IsCompleted));
        await AskedAsync(peer, "/v1/agent/version");
        await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));

        foreach (var watch in waiting)
        {
            var failure = await Assert.ThrowsAsync<ConsulException>(() => watch.WithinAsync());
            Assert.Equal(ConsulErrorOrigin.Timeout, failure.Origin);
        }

        // Nobody waits any more: there is nothing to find out.
        await TimedOutAsync(peer, client);
        Assert.Single(peer.Requests, static request => request.Target == "/v1/agent/version");

        _hangs = false;
        await using var again = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        var next = await WaitingAsync(peer, again);
        _end.SetResult();
        Assert.True(await next.WithinAsync());
    }

    [Fact]
    public async Task RequestIsNotAnswered_ButAQuestionForASignOfLifeIs_WatchesGoOn()
    {
        await using var peer = await LoopbackPeer.StartAsync(AnswerAsync);
        using var client = Client(peer);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        var waiting = await WaitingAsync(peer, watch);

        _isSlow = true;
        await TimedOutAsync(peer, client);
        await AskedAsync(peer, "/v1/agent/version");
        await Eventually.TrueAsync(() => _time.PendingTimers == 1);
        _time.Advance(TimeSpan.FromMinutes(4));

        Assert.False(waiting.IsCompleted);
        _end.SetResult();
        Assert.True(await waiting.WithinAsync());
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(5, true)]
    public async Task RequestThatItsCallerGivesUp_TellsOfTheAgentAfterSeconds(int seconds, bool tells)
    {
        await using var peer = await LoopbackPeer.StartAsync(AnswerAsync);
        using var client = Client(peer);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        var waiting = await WaitingAsync(peer, watch);
        _hangs = true;
        using var impatience = new CancellationTokenSource();
        var asked = peer.Requests.Count;
        var request = client.Status.LeaderAsync(cancellationToken: impatience.Token);
        await Eventually.TrueAsync(() => peer.Requests.Count == asked + 1);

        _time.Advance(TimeSpan.FromSeconds(seconds));
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request.WithinAsync());

        if (tells)
        {
            await AskedAsync(peer, "/v1/agent/version");
            await _time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(5));
            _time.Advance(TimeSpan.FromSeconds(5));
            await Assert.ThrowsAsync<ConsulException>(() => waiting.WithinAsync());
        }
        else
        {
            Assert.DoesNotContain(peer.Requests, static sent => sent.Target == "/v1/agent/version");
            Assert.False(waiting.IsCompleted);
            _end.SetResult();
            Assert.True(await waiting.WithinAsync());
        }
    }

    private ConsulClient Client(LoopbackPeer peer) => new(TestClients.Options(peer.Address, static options => options.MinQueryInterval = TimeSpan.Zero), _time);

    private static async Task<Task<bool>> WaitingAsync<T>(LoopbackPeer peer, IAsyncEnumerator<ConsulResponse<T>> watch)
    {
        Assert.True(await watch.MoveNextAsync().AsTask().WithinAsync());
        var open = peer.Open;
        var next = watch.MoveNextAsync().AsTask();
        await Eventually.TrueAsync(() => peer.Open == open + 1);
        return next;
    }

    private async Task TimedOutAsync(LoopbackPeer peer, ConsulClient client)
    {
        var asked = peer.Requests.Count;
        var request = client.Status.LeaderAsync();
        await Eventually.TrueAsync(() => peer.Requests.Count == asked + 1);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(ConsulErrorOrigin.Timeout, (await Assert.ThrowsAsync<ConsulException>(() => request.WithinAsync())).Origin);
    }

    private static Task AskedAsync(LoopbackPeer peer, string target) =>
        Eventually.TrueAsync(() => peer.Requests.Any(request => request.Target == target));

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (_hangs || (_isSlow && path.EndsWith("leader", StringComparison.Ordinal)))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }

        if (path.EndsWith("version", StringComparison.Ordinal))
        {
            context.Response.StatusCode = 404;
            return;
        }

        var waits = context.Request.Query.ContainsKey("index");
        if (waits)
        {
            await _end.Task.WaitAsync(context.RequestAborted);
        }

        context.Response.Headers[ConsulHeaders.Index] = waits ? "6" : "5";
        await context.Response.WriteAsync("[]");
    }
}
