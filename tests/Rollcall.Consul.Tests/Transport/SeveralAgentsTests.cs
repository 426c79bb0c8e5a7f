using Microsoft.AspNetCore.Http;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests.Transport;

/// <summary>A client that has more than one agent to ask.</summary>
public sealed class SeveralAgentsTests
{
    private static Uri Nobody() => new($"http://127.0.0.1:{FreePort.Next()}");

    private static ConsulClient Client(params Uri[] addresses) =>
        TestClients.For(addresses[0], o => o.FurtherAddresses = addresses[1..]);

    private static Task<LoopbackPeer> PeerAsync(int status = 200, string body = "[]") => LoopbackPeer.StartAsync(async context =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers[ConsulHeaders.Index] = "7";
        await context.Response.WriteAsync(body);
    });

    [Fact]
    public async Task FirstAgentIsDown_TheSecondAnswersAndIsAskedFirstFromThenOn()
    {
        // It counts who comes, and answers nobody.
        await using var first = await LoopbackPeer.StartAsync(static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var second = await PeerAsync();
        await using var third = await PeerAsync();
        using var client = Client(first.Address, second.Address, third.Address);

        var answer = await client.Health.ServiceAsync("a");
        await client.Health.ServiceAsync("a");
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        await NextAsync(watch);

        Assert.Equal(second.Address.AbsoluteUri.TrimEnd('/'), answer.Agent);
        Assert.Single(first.Requests);
        Assert.Equal(3, second.Requests.Count);
        Assert.Empty(third.Requests);
    }

    [Fact]
    public async Task AgentInUseGoesDown_TheNextIsAsked_AndAfterTheLastTheFirstAgain()
    {
        await using var first = await PeerAsync();
        var second = await PeerAsync();
        using var client = Client(Nobody(), second.Address, first.Address);
        await client.Health.ServiceAsync("a");
        await second.DisposeAsync();

        await client.Health.ServiceAsync("a");
        await client.Health.ServiceAsync("a");

        Assert.Single(second.Requests);
        Assert.Equal(2, first.Requests.Count);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task AgentThatFails_IsPassedOverForThisReadOnly(int status)
    {
        await using var first = await PeerAsync(status, "No known Consul servers");
        await using var second = await PeerAsync();
        using var client = Client(first.Address, second.Address);

        await client.Health.ServiceAsync("a");
        await client.Health.ServiceAsync("a");

        Assert.Equal(2, first.Requests.Count);
        Assert.Equal(2, second.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    public async Task AgentThatRefuses_IsBelieved(int status)
    {
        await using var first = await PeerAsync(status, "Permission denied");
        await using var second = await PeerAsync();
        using var client = Client(first.Address, second.Address);

        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Health.ServiceAsync("a"));

        Assert.Equal(status, (int)e.StatusCode!);
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task NoAgentAnswers_TheErrorNamesAllOfThem()
    {
        Uri[] addresses = [Nobody(), Nobody(), Nobody()];
        using var client = Client(addresses);

        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Health.ServiceAsync("a"));

        Assert.Equal(ConsulErrorOrigin.Unreachable, e.Origin);
        Assert.True(e.WasNeverSent);
        Assert.StartsWith("None of the 3 agents answers. ", e.Message, StringComparison.Ordinal);
        Assert.All(addresses, address => Assert.Contains(address.Authority, e.Message, StringComparison.Ordinal));
        Assert.Equal($"consul at {string.Join(", ", addresses.Select(a => a.AbsoluteUri.TrimEnd('/')))}", client.ToString());
    }

    [Fact]
    public async Task WriteThatWasNeverSent_GoesToTheNext()
    {
        await using var second = await PeerAsync(body: "true");
        using var client = Client(Nobody(), second.Address);

        Assert.True(await client.Kv.PutAsync("k", new byte[] { 1 }));

        Assert.Single(second.Requests);
    }

    [Fact]
    public async Task WriteThatMayHaveTakenEffect_IsNotSentAgain()
    {
        await using var first = await LoopbackPeer.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var second = await PeerAsync(body: "true");
        using var client = Client(first.Address, second.Address);

        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.PutAsync("k", new byte[] { 1 }));

        Assert.Equal((ConsulErrorOrigin.Unreachable, false), (e.Origin, e.WasNeverSent));
        Assert.Single(first.Requests);
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task WatchThatGoesOnAtTheNext_TellsWhatThatSays_ThoughItHasTheSameIndex()
    {
        // Both have index 7, and answer no query that waits for another one: the first closes the connection, the second lets it wait.
        await using var first = await WaitingAsync(static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var second = await WaitingAsync(static context => new TaskCompletionSource().Task.WaitAsync(context.RequestAborted));
        using var client = Client(first.Address, second.Address);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();

        await NextAsync(watch);
        var news = await NextAsync(watch);

        Assert.Equal((7UL, second.Address.AbsoluteUri.TrimEnd('/')), (news.Index, news.Agent));

        static Task<LoopbackPeer> WaitingAsync(RequestDelegate wait) => LoopbackPeer.StartAsync(context =>
        {
            if (context.Request.Query.ContainsKey("index"))
            {
                return wait(context);
            }

            context.Response.Headers[ConsulHeaders.Index] = "7";
            return context.Response.WriteAsync("[]");
        });
    }

    [Fact]
    public async Task WhatBelongsToAnAgent_GoesToTheFirstAlone()
    {
        await using var first = await PeerAsync(500);
        await using var second = await PeerAsync(body: "{}");
        using var client = Client(first.Address, second.Address);

        await Assert.ThrowsAsync<ConsulException>(() => client.Agent.SelfAsync());
        await Assert.ThrowsAsync<ConsulException>(() => client.Agent.RegisterAsync(new ServiceRegistration { Name = "a" }));

        Assert.Equal(2, first.Requests.Count);
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task WatchedAgentGoesDown_TheWatchGoesOnAtTheNextWithoutTheIndexOfTheFirst()
    {
        var first = await WatchedPeer.StartAsync(50);
        await using var second = await WatchedPeer.StartAsync(3);
        using var client = Client(first.Address, second.Address);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        Assert.Equal(50UL, (await NextAsync(watch)).Index);
        var next = NextAsync(watch);
        await Eventually.TrueAsync(() => first.Open == 1 && first.Targets[^1].Contains("index=50", StringComparison.Ordinal));

        await first.DisposeAsync();

        Assert.Equal(3UL, (await next).Index);
        next = NextAsync(watch);
        await Eventually.TrueAsync(() => second.Targets.Count == 2);
        Assert.Equal(["/v1/health/service/a", "/v1/health/service/a?index=3&wait=5m0s"], second.Targets);
        second.Change(4);
        Assert.Equal(4UL, (await next).Index);
    }

    [Fact]
    public async Task WatchedAgentAnswersWithAnError_OtherRequestsStayWithIt()
    {
        await using var first = await WatchedPeer.StartAsync(50);
        await using var second = await WatchedPeer.StartAsync(60);
        using var client = Client(first.Address, second.Address);
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();
        await NextAsync(watch);
        var next = NextAsync(watch);
        await Eventually.TrueAsync(() => first.Targets.Count == 2 && first.Open == 1);
        first.Change(50, 500);

        Assert.Equal(60UL, (await next).Index);
        first.Change(50);
        await client.Health.ServiceAsync("b");

        Assert.Equal("/v1/health/service/b", first.Targets[^1]);
    }

    [Fact]
    public async Task NoAgentOfAWatchAnswers_ItEndsAfterOneRound()
    {
        using var client = Client(Nobody(), Nobody());
        await using var watch = client.Health.WatchServiceAsync("a").GetAsyncEnumerator();

        var e = await Assert.ThrowsAsync<ConsulException>(() => NextAsync(watch));

        Assert.StartsWith("None of the 2 agents answers. ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallerCancels_NoFurtherAgentIsAsked()
    {
        await using var first = await WatchedPeer.StartAsync(5);
        await using var second = await PeerAsync();
        using var client = Client(first.Address, second.Address);
        using var stop = new CancellationTokenSource();
        var read = client.Health.ServiceAsync("a", new InstanceQuery { Index = 5 }, stop.Token);
        await Eventually.TrueAsync(() => first.Open == 1);

        await stop.CancelAsync();

        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WithinAsync());
        Assert.Equal(stop.Token, e.CancellationToken);
        Assert.Empty(second.Requests);
    }

    private static Task<ConsulResponse<IReadOnlyList<HealthServiceEntry>>> NextAsync(
        IAsyncEnumerator<ConsulResponse<IReadOnlyList<HealthServiceEntry>>> watch) =>
        MoveAsync(watch).WithinAsync();

    private static async Task<ConsulResponse<IReadOnlyList<HealthServiceEntry>>> MoveAsync(
        IAsyncEnumerator<ConsulResponse<IReadOnlyList<HealthServiceEntry>>> watch)
    {
        Assert.True(await watch.MoveNextAsync());
        return watch.Current;
    }
}
