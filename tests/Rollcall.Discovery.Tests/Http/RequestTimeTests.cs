using System.Net;
using Microsoft.AspNetCore.Http;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Http;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>How long a request and its attempts may take, and what comes of those that take longer.</summary>
public sealed class RequestTimeTests
{
    private int _answered;

    [Fact]
    public async Task InstanceHangs_AttemptEndsAndAnotherInstanceIsCalled()
    {
        var time = new FakeTimeProvider();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await HangingAsync("a", reached);
        await using var b = await AnsweringAsync("b");
        await using var caller = new TestCaller(time, o => o.AttemptTimeout = TimeSpan.FromSeconds(3), a.Endpoint, b.Endpoint);
        var call = caller.Client.GetAsync("http://orders/");
        await reached.Task.WithinAsync();

        time.Advance(TimeSpan.FromSeconds(3));
        await time.WaitForTimersAsync(1);
        time.Advance(TimeSpan.FromMilliseconds(12));

        using var response = await call.WithinAsync();
        Assert.Equal("b", response.GetEndpoint()!.Id);
        Assert.Equal([CallResult.Failure, CallResult.Success], caller.Policy.Results);
    }

    [Fact]
    public async Task InstanceHangs_RequestThatMayNotBeRepeatedFailsWithATimeout()
    {
        var time = new FakeTimeProvider();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await HangingAsync("a", reached);
        await using var b = await AnsweringAsync("b");
        await using var caller = new TestCaller(time, o => o.AttemptTimeout = TimeSpan.FromSeconds(3), a.Endpoint, b.Endpoint);
        var call = caller.Client.PostAsync("http://orders/", null);
        await reached.Task.WithinAsync();

        time.Advance(TimeSpan.FromSeconds(3));

        var e = await Assert.ThrowsAsync<TaskCanceledException>(() => call.WithinAsync());
        Assert.Contains("a (127.0.0.1:", Assert.IsType<TimeoutException>(e.InnerException).Message, StringComparison.Ordinal);
        Assert.Equal(0, _answered);
    }

    [Fact]
    public async Task TimeOfTheRequestIsOver_NothingIsRepeated()
    {
        var time = new FakeTimeProvider();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await HangingAsync("a", reached);
        await using var b = await AnsweringAsync("b");
        await using var caller = new TestCaller(time, o => o.Timeout = TimeSpan.FromSeconds(2), a.Endpoint, b.Endpoint);
        var call = caller.Client.GetAsync("http://orders/");
        await reached.Task.WithinAsync();

        time.Advance(TimeSpan.FromSeconds(2));

        var e = await Assert.ThrowsAsync<TaskCanceledException>(() => call.WithinAsync());
        Assert.Contains("within 00:00:02", Assert.IsType<TimeoutException>(e.InnerException).Message, StringComparison.Ordinal);
        Assert.Equal(0, _answered);
        Assert.Equal([CallResult.Failure], caller.Policy.Results);
    }

    [Fact]
    public async Task InstanceHangsUntilTheTimeOfFiveRequestsIsOver_IsEjected()
    {
        var time = new FakeTimeProvider();
        using var reached = new SemaphoreSlim(0);
        await using var a = await LoopbackServer.StartAsync("a", c =>
        {
            reached.Release();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.RequestAborted);
        });
        await using var b = await AnsweringAsync("b");
        await using var caller = new TestCaller(time, o => o.Timeout = TimeSpan.FromSeconds(2), a.Endpoint, b.Endpoint);
        for (var i = 0; i < 5; i++)
        {
            var call = caller.Client.GetAsync("http://orders/");
            await reached.WaitAsync().WithinAsync();
            time.Advance(TimeSpan.FromSeconds(2));
            await Assert.ThrowsAsync<TaskCanceledException>(() => call.WithinAsync());
        }

        using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();

        Assert.Equal("b", response.GetEndpoint()!.Id);
    }

    [Fact]
    public async Task CallerCancelsWhileAnAttemptIsLimited_HearsOfItsOwnToken()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await HangingAsync("a", reached);
        await using var caller = new TestCaller(o => o.AttemptTimeout = TimeSpan.FromMinutes(3), a.Endpoint);
        using var invoker = new HttpMessageInvoker(caller.Handler, disposeHandler: false);
        using var cancel = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://orders/");
        var call = invoker.SendAsync(request, cancel.Token);
        await reached.Task.WithinAsync();

        await cancel.CancelAsync();

        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WithinAsync());
        Assert.Equal(cancel.Token, e.CancellationToken);
    }

    [Fact]
    public async Task WaitWouldOutlastTheRequest_CallerGetsTheAnswerAtOnce()
    {
        var time = new FakeTimeProvider();
        await using var a = await LoopbackServer.StartAsync("a", c =>
        {
            c.Response.StatusCode = 503;
            c.Response.Headers.RetryAfter = "1";
            return Task.CompletedTask;
        });
        await using var caller = new TestCaller(time, o => o.Timeout = TimeSpan.FromSeconds(1), a.Endpoint);

        using var response = await caller.Client.GetAsync("http://orders/").WithinAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task NoInstanceUntilTheTimeIsOver_SaysSo()
    {
        var time = new FakeTimeProvider();
        await using var caller = new TestCaller(time, o =>
        {
            o.WaitForReady = true;
            o.Timeout = TimeSpan.FromSeconds(7);
        });
        var call = caller.Client.GetAsync("http://orders/");

        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(7));
        time.Advance(TimeSpan.FromSeconds(7));

        var e = await Assert.ThrowsAsync<TaskCanceledException>(() => call.WithinAsync());
        Assert.Contains("no instance of 'orders' within", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PickFirst_InstanceThatTakesForeverToConnect_NextOneAnswersLongBeforeTheConnectTimeout()
    {
        using var deaf = DeafListener.Start();
        await using var b = await LoopbackServer.StartAsync("b", context => context.Response.WriteAsync("b"));
        await using var caller = new TestCaller(
            o =>
            {
                o.Policy = new PickFirstPolicy();

                // Waited for, if nothing else ends the wait: longer than the test.
                o.ConfigureHandler = handler => handler.ConnectTimeout = TimeSpan.FromMinutes(1);
            },
            new Endpoint("a", "127.0.0.1", deaf.Port),
            b.Endpoint);

        Assert.Equal(
            Enumerable.Repeat("b", 8),
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => caller.Client.GetStringAsync("http://orders/"))).WithinAsync());
    }

    private Task<LoopbackServer> AnsweringAsync(string id) => LoopbackServer.StartAsync(id, c =>
    {
        Interlocked.Increment(ref _answered);
        return c.Response.WriteAsync(id);
    });

    private static Task<LoopbackServer> HangingAsync(string id, TaskCompletionSource reached) => LoopbackServer.StartAsync(id, async c =>
    {
        reached.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, c.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    });
}
