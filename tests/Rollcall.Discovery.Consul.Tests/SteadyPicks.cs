using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>Picks about a thousand times a second until it is stopped, and counts what failed.</summary>
internal sealed class SteadyPicks : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public SteadyPicks(ServiceBalancer balancer) => _loop = Task.Run(async () =>
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                (await balancer.PickAsync(default)).Complete(new CallOutcome(CallResult.Success, TimeSpan.Zero));
                Picked++;
            }
            catch (NoEndpointException)
            {
                Failed++;
            }
            await tick.WaitForNextTickAsync();
        }
    });

    public int Picked { get; private set; }

    public int Failed { get; private set; }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop.WithinAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
