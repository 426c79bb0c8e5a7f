using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>What becomes of connections when the list changes or the handler is disposed.</summary>
public sealed class InstanceConnectionTests
{
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Answers with the connection's id; on /slow half of it first, and the rest when told.</summary>
    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/slow")
        {
            await context.Response.WriteAsync("first ");
            await context.Response.Body.FlushAsync();
            await _goOn.Task;
            await context.Response.WriteAsync("second");
        }
        else
        {
            await context.Response.WriteAsync(context.Connection.Id);
        }
    }

    [Fact]
    public async Task ListChangesAroundAnInstance_ItsConnectionStays()
    {
        await using var a = await LoopbackServer.StartAsync("a", AnswerAsync);
        await using var caller = new TestCaller(null, a.Endpoint);
        var before = await caller.Client.GetStringAsync("http://orders/").WithinAsync();

        // The same instance, described anew.
        caller.Source.Answer(2, new Endpoint("a", "127.0.0.1", a.Endpoint.Port) { Weight = 7 }, Instances.B);
        await caller.Directory.PickedAsync("a", Instances.B.Id);

        Assert.Equal(before, await caller.Client.GetStringAsync("http://orders/").WithinAsync());
    }

    /// <summary>A name may lead elsewhere after a while. An instance's own address does not, and its list tells when it is gone.</summary>
    [Theory]
    [InlineData("127.0.0.1", null)]
    [InlineData("::1", null)]
    [InlineData("localhost", 5)]
    public async Task ConnectionsThatGoByAName_DoNotLiveForEver(string host, int? minutes)
    {
        var lifetimes = new ConcurrentQueue<TimeSpan>();
        await using var caller = new TestCaller(
            o => o.ConfigureHandler = handler => lifetimes.Enqueue(handler.PooledConnectionLifetime), new Endpoint("a", host, FreePort.Next()));

        // Of what is no service, and of the instances that are called over HTTP/3.
        Assert.Equal([TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5)], lifetimes);
        await Assert.ThrowsAsync<HttpRequestException>(() => caller.Client.GetAsync("http://orders/").WithinAsync());
        Assert.Equal(minutes is { } some ? TimeSpan.FromMinutes(some) : Timeout.InfiniteTimeSpan, lifetimes.Last());
        Assert.Equal(3, lifetimes.Count);
    }

    [Fact]
    public async Task InstanceLeavesTheList_ItsRequestsEndAndItsConnectionsClose()
    {
        await using var a = await LoopbackServer.StartAsync("a", AnswerAsync);
        await using var b = await LoopbackServer.StartAsync("b", AnswerAsync);
        await using var caller = new TestCaller(null, a.Endpoint);
        using var response = await caller.Client.GetAsync("http://orders/slow", HttpCompletionOption.ResponseHeadersRead).WithinAsync();

        caller.Source.Answer(2, b.Endpoint);
        await caller.Directory.PickedAsync("b");
        await caller.Client.GetStringAsync("http://orders/").WithinAsync();
        Assert.Equal(1, a.OpenConnections);
        _goOn.SetResult();

        Assert.Equal("first second", await response.Content.ReadAsStringAsync().WithinAsync());
        await Eventually.TrueAsync(() => a.OpenConnections == 0);
        Assert.Equal(1, b.OpenConnections);
        Assert.Equal([CallResult.Success, CallResult.Success], caller.Policy.Results);
    }

    [Fact]
    public async Task HandlerDisposed_RunningRequestEndsAndNewOnesAreRefused()
    {
        await using var a = await LoopbackServer.StartAsync("a", AnswerAsync);
        await using var caller = new TestCaller(null, a.Endpoint);
        using var response = await caller.Client.GetAsync("http://orders/slow", HttpCompletionOption.ResponseHeadersRead).WithinAsync();

        caller.Handler.Dispose();
        _goOn.SetResult();

        Assert.Equal("first second", await response.Content.ReadAsStringAsync().WithinAsync());
        Assert.Equal([CallResult.Success], caller.Policy.Results);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => caller.Client.GetStringAsync("http://orders/").WithinAsync());
        await Eventually.TrueAsync(() => a.OpenConnections == 0 && caller.Source.Open == 0);
    }

    [Fact]
    public async Task HandlerDisposedWhileARequestWaitsForAnInstance_TheRequestFails()
    {
        await using var caller = new TestCaller(o => o.WaitForReady = true);
        var call = caller.Client.GetStringAsync("http://orders/");
        await Eventually.TrueAsync(() => caller.Source.Open == 1);

        caller.Handler.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => call.WithinAsync());
    }
}
