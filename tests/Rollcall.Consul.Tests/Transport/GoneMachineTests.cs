using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Rollcall.TestKit;

namespace Rollcall.Consul.Tests.Transport;

/// <summary>The machine of the first of two agents is gone: connecting ends by the time for it, and not by a refusal.</summary>
public sealed class GoneMachineTests
{
    [Fact]
    public async Task Write_WasNeverSentAndGoesToTheNextAgent()
    {
        using var gone = DeafListener.Start();
        await using var second = await LoopbackPeer.StartAsync(static context => context.Response.WriteAsync("true"));
        using var client = TestClients.For(new Uri($"http://127.0.0.1:{gone.Port}"), o =>
        {
            o.FurtherAddresses = [second.Address];
            o.ConnectTimeout = TimeSpan.FromSeconds(1);
        });

        Assert.True(await client.Kv.PutAsync("k", new byte[] { 1 }).WithinAsync());

        Assert.Single(second.Requests);
    }

    [Fact]
    public async Task ErrorOfTheOnlyAgent_SaysThatItWasNeverSent()
    {
        using var gone = DeafListener.Start();
        using var client = TestClients.For(new Uri($"http://127.0.0.1:{gone.Port}"), static o => o.ConnectTimeout = TimeSpan.FromSeconds(1));

        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.PutAsync("k", new byte[] { 1 }).WithinAsync());

        Assert.True(e.WasNeverSent);
        Assert.Contains("can't be reached", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HandlerOfTheCallersOwn_MayHaveSentTheWrite()
    {
        using var handler = new FailingHandler(new TaskCanceledException("Too late.", new TimeoutException()));
        var options = TestClients.Options(new Uri("http://127.0.0.1:1"), o => o.FurtherAddresses = [new Uri("http://127.0.0.1:2")]);
        using var client = new ConsulClient(options, handler);

        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Kv.PutAsync("k", new byte[] { 1 }).WithinAsync());

        Assert.Equal(ConsulErrorOrigin.Unreachable, e.Origin);
        Assert.Equal(1, handler.Sent);
        Assert.False(e.WasNeverSent);
    }

    // As .NET tells it, in a race: so it is made here.
    [Fact]
    public async Task ConnectionIsGoneAsItIsMade_TheAgentIsUnreachable()
    {
        using var handler = new FailingHandler(new SocketException((int)SocketError.NotConnected));
        using var client = new ConsulClient(TestClients.Options(new Uri("http://127.0.0.1:1"), static _ => { }), handler);

        var e = await Assert.ThrowsAsync<ConsulException>(() => client.Status.LeaderAsync().WithinAsync());

        Assert.Equal(ConsulErrorOrigin.Unreachable, e.Origin);
    }

    private sealed class FailingHandler(Exception error) : HttpMessageHandler
    {
        private int _sent;

        public int Sent => Volatile.Read(ref _sent);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _sent);
            return Task.FromException<HttpResponseMessage>(error);
        }
    }
}
