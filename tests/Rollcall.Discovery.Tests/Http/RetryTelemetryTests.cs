using Microsoft.AspNetCore.Http;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Http;
using Rollcall.Discovery.Resilience;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>Who looks at a directory hears of every further attempt of a request: by event, by metric and in the description.</summary>
public sealed class RetryTelemetryTests : IDisposable
{
    private readonly TelemetryCollector _measured = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _measured.Dispose();

    [Fact]
    public async Task InstanceThatCanNotBeReached_IsAMove()
    {
        var nobody = new Endpoint("a", "127.0.0.1", FreePort.Next());
        await using var b = await LoopbackServer.StartAsync("b");

        await AssertToldAsync(AttemptFate.Moved, new DiscoveryHandlerOptions(), [nobody, b.Endpoint]);
    }

    [Fact]
    public async Task StatusThatMayBeRepeated_IsARetry()
    {
        await using var a = await LoopbackServer.StartAsync("a", static context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });
        await using var b = await LoopbackServer.StartAsync("b");

        await AssertToldAsync(AttemptFate.Retried, new DiscoveryHandlerOptions { Retry = Once }, [a.Endpoint, b.Endpoint]);
    }

    [Fact]
    public async Task CopyForASlowInstance_IsHedged()
    {
        var delay = TimeSpan.FromSeconds(1);
        await using var a = await LoopbackServer.StartAsync("a", static context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        await using var b = await LoopbackServer.StartAsync("b");

        await AssertToldAsync(
            AttemptFate.Hedged,
            new DiscoveryHandlerOptions { Hedging = new HedgingSettings(2, delay, new(CallStatus.Unavailable)) },
            [a.Endpoint, b.Endpoint],
            async () =>
            {
                await _time.WaitForTimerDueInAsync(delay);
                _time.Advance(delay);
            });
    }

    private static RetrySettings Once => new(2, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100), 1, new(CallStatus.Unavailable));

    private async Task AssertToldAsync(AttemptFate fate, DiscoveryHandlerOptions options, Endpoint[] endpoints, Func<Task>? meanwhile = null)
    {
        var source = new ScriptedSource();
        source.Answer(1, endpoints);
        await using var directory = new EndpointDirectory(source, timeProvider: _time, meterFactory: _measured);
        options.Policy = new RecordingPolicy();
        using var client = new HttpClient(new DiscoveryHandler(directory, options));
        using var stop = new CancellationTokenSource();
        var told = directory.Events.ReadAllAsync(stop.Token).OfType<CallRetried>().FirstAsync(stop.Token).AsTask();

        var response = client.GetStringAsync(new Uri("http://orders/"));
        if (meanwhile is not null)
        {
            await meanwhile();
        }
        else if (fate == AttemptFate.Retried)
        {
            await _time.WaitForTimersAsync(1);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("b", await response.WithinAsync());
        var retried = await told.WithinAsync();
        Assert.Equal((endpoints[0], fate, "orders"), (retried.Endpoint, retried.Fate, retried.Query!.Name));
        Assert.Equal(1, _measured.Sum("rollcall.discovery.retries"));
        Assert.Equal(1, _measured.Sum("rollcall.discovery.retries", ("rollcall.service", "orders"), ("rollcall.attempt.fate", Enum.GetName(fate)!.ToLowerInvariant())));
        var counts = Assert.Single(Assert.Single(directory.Describe().Services).Callers).Retries;
        Assert.Equal(
            fate switch
            {
                AttemptFate.Moved => new RetryCounts(1, 0, 0),
                AttemptFate.Retried => new RetryCounts(0, 1, 0),
                _ => new RetryCounts(0, 0, 1),
            },
            counts);
    }
}
