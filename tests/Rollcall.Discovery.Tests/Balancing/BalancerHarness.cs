using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>A balancer on a list that the test writes, with a clock that the test moves.</summary>
internal sealed class BalancerHarness : IAsyncDisposable
{
    public BalancerHarness() => Directory = new EndpointDirectory(Source, timeProvider: Time, loggerFactory: Log, random: new Random(1));

    public LogCollector Log { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public ScriptedSource Source { get; } = new();

    public EndpointDirectory Directory { get; }

    public Task<ServiceBalancer> BalanceAsync(IBalancingPolicy policy, params Endpoint[] endpoints) =>
        BalanceAsync(policy, new ServiceBalancerOptions { Random = new ThreadSafeRandom(7) }, endpoints);

    public async Task<ServiceBalancer> BalanceAsync(IBalancingPolicy policy, ServiceBalancerOptions options, params Endpoint[] endpoints)
    {
        var balancer = new ServiceBalancer(Directory.Watch(new ServiceQuery("orders")), policy, options);
        await AnswerAsync(balancer, 1, endpoints);
        return balancer;
    }

    /// <summary>Gives a list and waits until the balancer picks from it.</summary>
    public async Task AnswerAsync(ServiceBalancer balancer, ulong index, params Endpoint[] endpoints)
    {
        Source.Answer(index, endpoints);
        await Eventually.TrueAsync(() => balancer.Describe().Endpoints.Select(static e => e.Endpoint).ToHashSet().SetEquals(endpoints));
    }

    /// <summary>Picks on four threads, and ends the calls in every way, while 300 changes come as fast as they can. Every pick finds an endpoint.</summary>
    public static async Task StormAsync(ServiceBalancer balancer, Action<int> change)
    {
        using var stop = new CancellationTokenSource();
        long picks = 0;
        Task[] callers =
        [
            .. Enumerable.Range(0, 4).Select(n => Task.Factory.StartNew(() =>
            {
                var random = new Random(n);
                while (!stop.IsCancellationRequested)
                {
                    Assert.True(balancer.TryPick(default, out var lease));
                    Assert.NotNull(lease.Endpoint);
                    lease.Complete(new CallOutcome((CallResult)random.Next(4), TimeSpan.Zero));
                    Interlocked.Increment(ref picks);
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
        ];
        for (var i = 0; i < 300; i++)
        {
            change(i);
            await Task.Yield();
        }

        await Eventually.TrueAsync(() => Interlocked.Read(ref picks) > 10_000);
        await stop.CancelAsync();
        await Task.WhenAll(callers).WithinAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Directory.DisposeAsync().AsTask().WithinAsync();
        Log.Dispose();
    }
}
