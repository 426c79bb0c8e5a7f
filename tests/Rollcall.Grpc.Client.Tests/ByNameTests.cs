using System.Collections.Concurrent;
using Grpc.Core;
using Rollcall.Agent;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests;

public sealed class ByNameTests
{
    [Theory]
    [InlineData("round_robin")]
    [InlineData("pick_first")]
    [InlineData("random")]
    public async Task InstancesComeGoAndDie_NoCallFails(string policy)
    {
        await using var agent = await StartAgentAsync();
        using var consul = new ConsulClient(new ConsulClientOptions { Address = agent.HttpAddress });
        await using var first = await TextPeer.StartAsync(TextPeer.Echo());
        await using var second = await TextPeer.StartAsync(TextPeer.Echo());
        await using var third = await TextPeer.StartAsync(TextPeer.Echo());
        await RegisterAsync(consul, first);
        await RegisterAsync(consul, second);
        using var channel = GrpcChannel.ForAddress(
            $"consul://{agent.HttpAddress.Authority}/texts?policy={policy}", new GrpcChannelOptions { ServiceConfig = Policies.Retry() });
        var load = new Load(channel.CreateCallInvoker());

        await load.AnsweredAsync(200);
        await first.KillAsync();
        await load.AnsweredAsync(200);
        await consul.Agent.DeregisterAsync(Id(first));
        await RegisterAsync(consul, third);
        await Eventually.TrueAsync(() => channel.Balancer.Describe().Endpoints.Select(e => e.Endpoint.Port).Order().SequenceEqual(
            new[] { second.Port, third.Port }.Order()));
        await load.AnsweredAsync(200);
        await consul.Agent.DeregisterAsync(Id(second));
        await Eventually.TrueAsync(() => channel.Balancer.Describe().Endpoints.Length == 1);
        await load.AnsweredAsync(200);

        Assert.Empty(await load.StopAsync());
        Assert.Contains(third.Port, load.Ports);
    }

    [Fact]
    public async Task AgentGone_CallsGoOn()
    {
        var agent = await StartAgentAsync();
        using var consul = new ConsulClient(new ConsulClientOptions { Address = agent.HttpAddress });
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        await RegisterAsync(consul, peer);
        using var channel = GrpcChannel.ForAddress($"consul://{agent.HttpAddress.Authority}/texts");
        var load = new Load(channel.CreateCallInvoker());

        await load.AnsweredAsync(50);
        await agent.DisposeAsync();
        await Eventually.TrueAsync(() => channel.Balancer.Snapshot!.Freshness == Discovery.SnapshotFreshness.Stale);
        await load.AnsweredAsync(50);

        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task NobodyRegistered_IsUnavailableUnlessTheCallWaits()
    {
        await using var agent = await StartAgentAsync();
        using var consul = new ConsulClient(new ConsulClientOptions { Address = agent.HttpAddress });
        using var channel = GrpcChannel.ForAddress($"consul://{agent.HttpAddress.Authority}/texts");
        var invoker = channel.CreateCallInvoker();

        var error = await Assert.ThrowsAsync<RpcException>(
            () => invoker.AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("'texts'", error.Status.Detail, StringComparison.Ordinal);

        var waiting = invoker.AsyncUnaryCall(TextMethods.Unary, null, default(CallOptions).WithWaitForReady(), "x");
        Assert.False(waiting.ResponseAsync.IsCompleted);
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        await RegisterAsync(consul, peer);

        Assert.Equal("x", await waiting.ResponseAsync.WithinAsync());
        Assert.Equal(Id(peer), waiting.GetEndpoint()?.Id);
    }

    [Fact]
    public async Task NoConsul_IsUnavailableAndNamesItsAddress()
    {
        var nobody = Channels.Nobody();
        using var channel = GrpcChannel.ForAddress($"consul://{nobody.Authority}/texts");

        var error = await Assert.ThrowsAsync<RpcException>(
            () => channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains(nobody.Authority, error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfigureConsul_GivesTheAddressThatTheTargetLeavesOut()
    {
        await using var agent = await StartAgentAsync();
        using var consul = new ConsulClient(new ConsulClientOptions { Address = agent.HttpAddress });
        await using var tagged = await TextPeer.StartAsync(TextPeer.Echo());
        await using var other = await TextPeer.StartAsync(TextPeer.Echo());
        await RegisterAsync(consul, tagged, "v1");
        await RegisterAsync(consul, other, "v2");
        using var channel = GrpcChannel.ForAddress(
            "consul:///texts?tag=v1&policy=round_robin", new GrpcChannelOptions { ConfigureConsul = o => o.Address = agent.HttpAddress });

        for (var i = 0; i < 4; i++)
        {
            await channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync.WithinAsync();
        }

        Assert.Equal(4, tagged.Requests);
        Assert.Equal(0, other.Requests);
    }

    private static Task<ConsulAgent> StartAgentAsync() => ConsulAgent.StartAsync(new ConsulAgentOptions { HttpPort = 0 });

    private static string Id(TextPeer peer) => $"texts-{peer.Port}";

    private static Task RegisterAsync(ConsulClient consul, TextPeer peer, params string[] tags) => consul.Agent.RegisterAsync(
        new ServiceRegistration { Id = Id(peer), Name = "texts", Address = "127.0.0.1", Port = peer.Port, Tags = tags });

    /// <summary>Calls without a pause from four callers, and remembers what failed.</summary>
    private sealed class Load
    {
        private readonly ConcurrentQueue<Exception> _failures = new();
        private readonly Task _callers;
        private volatile bool _end;
        private int _answered;

        public Load(CallInvoker invoker) => _callers = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => CallAsync(invoker))));

        public ConcurrentDictionary<int, int> Counts { get; } = new();

        public IEnumerable<int> Ports => Counts.Keys;

        public Task AnsweredAsync(int more)
        {
            var goal = Volatile.Read(ref _answered) + more;
            return Eventually.TrueAsync(() => Volatile.Read(ref _answered) >= goal, TimeSpan.FromSeconds(30), () => string.Join('\n', _failures));
        }

        public async Task<IReadOnlyCollection<Exception>> StopAsync()
        {
            _end = true;
            await _callers.WithinAsync();
            return _failures;
        }

        private async Task CallAsync(CallInvoker invoker)
        {
            while (!_end)
            {
                try
                {
                    var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20));
                    using var call = invoker.AsyncUnaryCall(TextMethods.Unary, null, options, "x");
                    Assert.Equal("x", await call.ResponseAsync);
                    Counts.AddOrUpdate(call.GetEndpoint()!.Port, 1, static (_, n) => n + 1);
                    Interlocked.Increment(ref _answered);
                }
                catch (Exception e)
                {
                    _failures.Enqueue(e);
                }
            }
        }
    }
}
