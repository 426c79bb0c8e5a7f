using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http;
using Rollcall.Agent.Http.Listening;
using Rollcall.Agent.Overload;

namespace Rollcall.Agent.Tests.Http.Listening;

/// <summary>What may compute for long is not done on the threads that others wait for.</summary>
public sealed class LongRequestTests
{
    [Theory]
    [InlineData("GET", "status/leader", null, true)]
    [InlineData("GET", "catalog/nodes?filter=Node==n1", null, false)]
    [InlineData("GET", "catalog/nodes?filter=((", null, false)]
    [InlineData("GET", "health/state/any?filter=Name+matches+a", null, false)]
    [InlineData("GET", "agent/services?filter=Service==a", null, false)]
    [InlineData("GET", "agent/checks?filter=Name==a", null, false)]
    [InlineData("GET", "connect/intentions?filter=SourceName==a", null, false)]
    [InlineData("PUT", "event/fire/e?node=n.*", null, false)]
    [InlineData("POST", "query", """{"Service":{"Service":"a"},"Template":{"Type":"name_prefix_match","Regexp":"("}}""", false)]
    public async Task ThreadThatReceives_IsLeft(string method, string path, string? body, bool stays)
    {
        // Elsewhere the agent has no such threads.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var ran = (Came: false, Answered: false);
        await using var agent = await AgentFixture.StartAsync(configure: options =>
        {
            options.SocketThreads = 1;
            options.Middleware = next => context =>
            {
                var came = IsReceiving();
                context.Response.OnStarting(() =>
                {
                    ran = (came, IsReceiving());
                    return Task.CompletedTask;
                });
                return next(context);
            };
        });

        // What is there already when the server begins to read from a connection is answered by the pool.
        await agent.GetAsync("status/peers");

        // Many, since those after a long one, such as the first of all, are left to the pool for a while.
        var stayed = false;
        for (var i = 0; i < 100 || ((!ran.Came || stayed != stays) && i < 5000); i++)
        {
            await agent.SendAsync(method, path, body);
            stayed |= ran.Answered;
            Assert.True(stays || !stayed);
        }

        Assert.True(ran.Came);
        Assert.Equal(stays, stayed);
    }

    [Fact]
    public void OneThatComputedForLong_KeepsThoseThatFollowOffTheThread_UntilManyWereShort()
    {
        var route = Route();
        route.Took(tookLong: false, computedLong: false);
        Assert.False(route.IsLong);

        route.Took(tookLong: true, computedLong: true);
        for (var i = 0; i < 31; i++)
        {
            route.Took(tookLong: false, computedLong: false);
            Assert.True(route.IsLong);
        }

        route.Took(tookLong: false, computedLong: false);
        Assert.False(route.IsLong);
    }

    [Fact]
    public void OneThatOnlyTookLong_HasTheNextOnesMeasured_AndLeavesThemOnTheThread()
    {
        var route = Route();
        Assert.False(route.IsDoubted);

        route.Took(tookLong: true, computedLong: false);
        for (var i = 0; i < 31; i++)
        {
            Assert.True(route.IsDoubted);
            Assert.False(route.IsLong);
            route.Took(tookLong: false, computedLong: false);
        }

        route.Took(tookLong: false, computedLong: false);
        Assert.False(route.IsDoubted);
    }

    [Fact]
    public void ThreadClock_GoesOnWhileTheThreadComputes_AndNotWhileItWaits()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var waited = TimeSpan.MaxValue;
        using var gate = new ManualResetEventSlim();
        var waiter = new Thread(() =>
        {
            var before = ThreadClock.Now();
            gate.Wait();
            waited = ThreadClock.Now() - before;
        });
        waiter.Start();

        var began = ThreadClock.Now();
        while (ThreadClock.Now() - began < TimeSpan.FromMilliseconds(200))
        {
        }

        gate.Set();
        waiter.Join();
        Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromMilliseconds(150));
    }

    private static RouteMethod Route() => new(static _ => default, "m", AclTable.Of("GET", "/v1/status/leader"), Precedence.Ordinary);

    private static bool IsReceiving() => OperatingSystem.IsLinux() && SocketLoop.Current() is not null;
}
