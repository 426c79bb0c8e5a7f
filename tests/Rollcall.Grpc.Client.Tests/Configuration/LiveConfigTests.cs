using Grpc.Core;
using Microsoft.Extensions.Configuration;
using Rollcall.Discovery;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;

namespace Rollcall.Grpc.Client.Tests.Configuration;

/// <summary>A service config that changes while the channel lives; where it comes from does not matter here.</summary>
public sealed class LiveConfigTests : IAsyncDisposable
{
    private readonly IConfigurationRoot _configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
    private readonly ServiceConfigDirectory _configs;
    private readonly AttemptLog _log = new();

    public LiveConfigTests() => _configs = new ServiceConfigDirectory([new ConfigurationServiceConfigSource(_configuration.GetSection("configs"))]);

    public ValueTask DisposeAsync() => _configs.DisposeAsync();

    [Fact]
    public async Task Timeout_IsForCallsThatBeginAfterTheChange()
    {
        var release = new TaskCompletionSource();
        await using var peer = await TextPeer.StartAsync(async context =>
        {
            await release.Task.WaitAsync(context.RequestAborted);
            await TextPeer.Echo()(context);
        });
        using var channel = Channel(null, peer.Endpoint);
        using var before = Call(channel);
        await Eventually.TrueAsync(() => peer.Requests == 1);

        await SetAsync(channel, """{ "methodConfig": [ { "name": [ {} ], "timeout": "0.05s" } ] }""");
        using var after = Call(channel);
        var error = await Assert.ThrowsAsync<RpcException>(() => after.ResponseAsync.WithinAsync());
        release.SetResult();

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal("x", await before.ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task RetryPolicy_ComesChangesAndGoes()
    {
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14));
        using var channel = Channel(null, peer.Endpoint);
        Assert.Equal(1, await AttemptsAsync());

        foreach (var attempts in (int[])[3, 2])
        {
            await SetAsync(channel, $$"""
                { "methodConfig": [ { "name": [ { "service": "{{TextMethods.Service}}" } ], "retryPolicy": { "maxAttempts": {{attempts}},
                  "initialBackoff": "0.001s", "maxBackoff": "0.001s", "backoffMultiplier": 1, "retryableStatusCodes": [ "UNAVAILABLE" ] } } ] }
                """);
            Assert.Equal(attempts, await AttemptsAsync());
        }

        await SetAsync(channel, null);
        Assert.Equal(1, await AttemptsAsync());

        async Task<int> AttemptsAsync()
        {
            var before = peer.Requests;
            await Assert.ThrowsAsync<RpcException>(() => Call(channel).ResponseAsync.WithinAsync());
            return peer.Requests - before;
        }
    }

    [Fact]
    public async Task DeletedConfig_GivesTheChannelsOwnBack()
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());
        var own = new ServiceConfig { MethodConfigs = { new MethodConfig { Names = { MethodName.Default }, MaxRequestMessageBytes = 3 } } };
        using var channel = Channel(o => o.ServiceConfig = own, peer.Endpoint);
        await Assert.ThrowsAsync<RpcException>(() => Call(channel, "four").ResponseAsync.WithinAsync());

        // As a whole: what the live one does not say is not taken from the other.
        await SetAsync(channel, """{ "methodConfig": [ { "name": [ {} ], "maxRequestMessageBytes": 5 } ] }""");
        Assert.Equal("four", await Call(channel, "four").ResponseAsync.WithinAsync());
        await SetAsync(channel, null);

        await Assert.ThrowsAsync<RpcException>(() => Call(channel, "four").ResponseAsync.WithinAsync());
    }

    [Fact]
    public async Task Throttle_StaysAsEmptyAsItWas()
    {
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14));
        using var channel = Channel(null, peer.Endpoint);
        foreach (var tokens in (int[])[10, 100])
        {
            await SetAsync(channel, $$"""
                {
                  "methodConfig": [ { "name": [ {} ], "retryPolicy": { "maxAttempts": 5, "initialBackoff": "0.001s", "maxBackoff": "0.001s",
                    "backoffMultiplier": 1, "retryableStatusCodes": [ "UNAVAILABLE" ] } } ],
                  "retryThrottling": { "maxTokens": {{tokens}}, "tokenRatio": 0.1 }
                }
                """);
            var before = peer.Requests;
            for (var i = 0; i < 10; i++)
            {
                await Assert.ThrowsAsync<RpcException>(() => Call(channel).ResponseAsync.WithinAsync());
            }

            // The bucket of ten lets five failures pass; the larger one takes over how empty that was.
            Assert.InRange(peer.Requests - before, 10, tokens == 10 ? 15 : 10);
        }
    }

    [Fact]
    public async Task MaxRetryAttemptsOfTheChannel_CapsWhatComesLive()
    {
        await using var peer = await TextPeer.StartAsync(context => TextPeer.Refuse(context, 14));
        using var channel = Channel(o => o.MaxRetryAttempts = 2, peer.Endpoint);

        await SetAsync(channel, """
            { "methodConfig": [ { "name": [ {} ], "retryPolicy": { "maxAttempts": 5, "initialBackoff": "0.001s", "maxBackoff": "0.001s",
              "backoffMultiplier": 1, "retryableStatusCodes": [ "UNAVAILABLE" ] } } ] }
            """);
        await Assert.ThrowsAsync<RpcException>(() => Call(channel).ResponseAsync.WithinAsync());

        Assert.Equal(2, peer.Requests);
    }

    [Fact]
    public async Task PolicySwitchedUnderLoad_LosesNoCall()
    {
        await using var first = await TextPeer.StartAsync(TextPeer.Echo());
        await using var second = await TextPeer.StartAsync(TextPeer.Echo());
        using var channel = Channel(null, first.Endpoint, second.Endpoint);
        using var stop = new CancellationTokenSource();
        var answered = 0;
        var callers = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal("x", await Call(channel).ResponseAsync);
                Interlocked.Increment(ref answered);
            }
        })));

        string[] policies = ["round_robin", "least_request", "pick_first", "ring_hash", "random"];
        for (var i = 0; i < 25 && !callers.IsCompleted; i++)
        {
            await SetAsync(channel, $$"""{ "loadBalancingConfig": [ { "{{policies[i % policies.Length]}}": {} } ] }""");
            Assert.Equal(policies[i % policies.Length], channel.Balancer.Policy.Name);
            var goal = Volatile.Read(ref answered) + 20;
            await Eventually.TrueAsync(() => Volatile.Read(ref answered) > goal || callers.IsCompleted);
        }

        await stop.CancelAsync();
        await callers.WithinAsync();
        Assert.All([first, second], peer => Assert.NotEqual(0, peer.Requests));
        Assert.All(_log.All, attempt => Assert.Equal(StatusCode.OK, attempt.StatusCode));
    }

    [Theory]
    [InlineData("consul:///texts", true, true)]
    [InlineData("consul:///texts?config=false", true, false)]
    [InlineData("consul:///texts?config=true", false, true)]
    [InlineData("consul:///texts", false, false)]
    [InlineData("http://127.0.0.1:1", true, false)]
    public async Task Config_IsFollowedWhereItIsAskedFor(string target, bool hasDirectory, bool follows)
    {
        await using var directory = new EndpointDirectory(new StaticEndpointSource());
        using var channel = GrpcChannel.ForAddress(
            target,
            new GrpcChannelOptions
            {
                Directory = directory,
                ServiceConfigs = hasDirectory ? _configs : null,
                ConfigureConsul = static o => o.Address = new Uri("http://127.0.0.1:1"),
            });

        Assert.Equal(follows, channel.ServiceConfigState is not null);
        Assert.Equal(hasDirectory && follows ? 1 : 0, _configs.States.Count);
    }

    [Fact]
    public async Task DisposedChannel_FollowsNothing()
    {
        var channel = Channel(null);
        Assert.Single(_configs.States);

        await channel.DisposeAsync();

        Assert.Empty(_configs.States);
    }

    private static AsyncUnaryCall<string> Call(GrpcChannel channel, string request = "x") =>
        channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, request);

    private GrpcChannel Channel(Action<GrpcChannelOptions>? configure, params Endpoint[] endpoints)
    {
        var options = new GrpcChannelOptions
        {
            Directory = new EndpointDirectory(new StaticEndpointSource(endpoints)), ServiceConfigs = _configs, OnAttempt = _log.Add,
        };
        configure?.Invoke(options);
        return GrpcChannel.ForAddress("consul:///texts", options);
    }

    /// <summary>Sets the config, and waits until the channel has it.</summary>
    private async Task SetAsync(GrpcChannel channel, string? json)
    {
        await Eventually.TrueAsync(() => channel.ServiceConfigState!.IsRead);
        var changed = new TaskCompletionSource();
        using var watch = _configs.Watch(new ServiceConfigQuery("texts"));

        // Called after the channel was, which has registered before.
        var before = watch.State.Config;
        watch.OnChange(state =>
        {
            if (!ReferenceEquals(state.Config, before))
            {
                changed.TrySetResult();
            }
        });
        _configuration["configs:texts"] = json;
        _configuration.Reload();
        await changed.Task.WithinAsync();
    }
}
