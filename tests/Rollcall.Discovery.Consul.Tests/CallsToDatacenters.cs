using System.Collections.Concurrent;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Resilience;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Consul.Tests;

/// <summary>About a thousand calls a second, until it is stopped, to instances that answer unless their datacenter is dead: then they refuse, and the call goes on to another.</summary>
internal sealed class CallsToDatacenters : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string?> _answered = new();
    private readonly ServiceBalancer _balancer;
    private readonly Task _loop;
    private int _failed;

    public CallsToDatacenters(ServiceBalancer balancer)
    {
        _balancer = balancer;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Whose instances refuse connections.</summary>
    public string? Dead { get; set; }

    /// <summary>Calls that found no instance, or none that answered.</summary>
    public int Failed => Volatile.Read(ref _failed);

    public bool LastHundredIn(string datacenter) => _answered.ToArray() is { Length: >= 100 } answered && answered[^100..].All(d => d == datacenter);

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

    private async Task RunAsync()
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!_stop.IsCancellationRequested)
        {
            if (await CallAsync() is { } datacenter)
            {
                _answered.Enqueue(datacenter);
            }
            else
            {
                Interlocked.Increment(ref _failed);
            }

            await tick.WaitForNextTickAsync();
        }
    }

    private async Task<string?> CallAsync()
    {
        PickLease lease;
        try
        {
            lease = await _balancer.PickAsync(default);
        }
        catch (NoEndpointException)
        {
            return null;
        }

        List<Endpoint> tried = [];
        while (lease.Endpoint.Datacenter == Dead)
        {
            lease.Complete(new CallOutcome(CallResult.Unreachable, TimeSpan.Zero));
            tried.Add(lease.Endpoint);
            if (!_balancer.TryPickUntried(new PickContext { Tried = tried }, out lease))
            {
                return null;
            }
        }

        lease.Complete(new CallOutcome(CallResult.Success, TimeSpan.Zero));
        return lease.Endpoint.Datacenter;
    }
}
