using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Events;
using Rollcall.Grpc.Client.Configuration;
using Rollcall.TestKit;
using EventFate = Rollcall.Discovery.Events.AttemptFate;

namespace Rollcall.Grpc.Client.Tests;

/// <summary>Who looks at a directory hears of every further attempt of a call: by event, by metric and in the description.</summary>
[Collection("telemetry")]
public sealed class RetryTelemetryTests : IDisposable
{
    private static readonly TimeSpan s_delay = TimeSpan.FromSeconds(1);

    private readonly TelemetryCollector _measured = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _measured.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task InstanceThatCanNotBeReached_IsAMove(bool hedges)
    {
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());

        await AssertToldAsync(EventFate.Moved, hedges ? Policies.Hedge(2, s_delay) : null, [Channels.Nobody(), peer.Endpoint]);
    }

    [Fact]
    public async Task StatusThatMayBeRepeated_IsARetry()
    {
        await using var busy = await TextPeer.StartAsync(static context => TextPeer.Refuse(context, 14));
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());

        await AssertToldAsync(EventFate.Retried, Policies.Retry(), [busy.Endpoint, peer.Endpoint]);
    }

    [Fact]
    public async Task CopyForASlowInstance_IsHedged()
    {
        await using var slow = FramePeer.Start(static (_, _) => Task.CompletedTask);
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());

        await AssertToldAsync(EventFate.Hedged, Policies.Hedge(2, s_delay), [slow.Endpoint, peer.Endpoint]);
    }

    [Fact]
    public async Task CopyInPlaceOfOneThatFailed_IsHedged()
    {
        await using var busy = await TextPeer.StartAsync(static context => TextPeer.Refuse(context, 14));
        await using var peer = await TextPeer.StartAsync(TextPeer.Echo());

        await AssertToldAsync(EventFate.Hedged, Policies.Hedge(2, s_delay, StatusCode.Unavailable), [busy.Endpoint, peer.Endpoint]);
    }

    private async Task AssertToldAsync(EventFate fate, ServiceConfig? config, Endpoint[] endpoints)
    {
        await using var directory = new EndpointDirectory(
            new StaticEndpointSource(endpoints.Select(static (e, i) => new Endpoint($"{i}", e.Host, e.Port))), timeProvider: _time, meterFactory: _measured);
        using var channel = GrpcChannel.ForAddress(
            "consul:///peers", new GrpcChannelOptions { Directory = directory, Policy = "pick_first", ServiceConfig = config, TimeProvider = _time });
        using var stop = new CancellationTokenSource();
        var told = directory.Events.ReadAllAsync(stop.Token).OfType<CallRetried>().FirstAsync(stop.Token).AsTask();

        var answer = channel.CreateCallInvoker().AsyncUnaryCall(TextMethods.Unary, null, default, "x").ResponseAsync;
        while (!answer.IsCompleted && fate != EventFate.Moved)
        {
            // A backoff, or the time after which another copy is sent. Nothing that is due later: the time to connect would be over before a connection is made.
            await Eventually.TrueAsync(() => answer.IsCompleted || _time.NextTimerDueIn <= s_delay);
            if (!answer.IsCompleted)
            {
                _time.Advance(s_delay);
            }
        }

        Assert.Equal("x", await answer.WithinAsync());
        var retried = await told.WithinAsync();
        Assert.Equal(("0", fate, "peers"), (retried.Endpoint.Id, retried.Fate, retried.Query!.Name));
        Assert.Equal(1, _measured.Sum("rollcall.discovery.retries"));
        Assert.Equal(1, _measured.Sum("rollcall.discovery.retries", ("rollcall.service", "peers"), ("rollcall.attempt.fate", Enum.GetName(fate)!.ToLowerInvariant())));
        Assert.Equal(
            fate switch
            {
                EventFate.Moved => new RetryCounts(1, 0, 0),
                EventFate.Retried => new RetryCounts(0, 1, 0),
                _ => new RetryCounts(0, 0, 1),
            },
            Assert.Single(Assert.Single(directory.Describe().Services).Callers).Retries);
    }
}
