using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Balancing.Limits;

/// <summary>A server of known capacity behind a balancer, in virtual time: workers, and a queue in front of them that has no end. One event after the other.</summary>
internal sealed class QueueingServer(ServiceBalancer balancer, FakeTimeProvider time, int seed)
{
    private readonly Random _random = new(seed);
    private readonly PriorityQueue<(PickLease Lease, DateTimeOffset Began), DateTimeOffset> _ends = new();
    private readonly Queue<(PickLease Lease, DateTimeOffset Began)> _waiting = new();
    private int _busy;
    private DateTimeOffset _nextArrival = time.GetUtcNow();

    /// <summary>How many calls it works on at once.</summary>
    public required int Workers { get; set; }

    /// <summary>How long one takes.</summary>
    public TimeSpan Mean { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether all take that long; else that is the mean of an exponential distribution.</summary>
    public bool IsEven { get; init; }

    /// <summary>How many calls come in a second; null: as many as the balancer lets through.</summary>
    public double? CallsPerSecond { get; set; }

    /// <summary>How the calls end.</summary>
    public CallResult Result { get; set; } = CallResult.Success;

    /// <summary>Calls that ended since the last <see cref="Run"/> began.</summary>
    public int Served { get; private set; }

    /// <summary>What those took on average.</summary>
    public TimeSpan MeanLatency => TimeSpan.FromTicks(Served == 0 ? 0 : _ticks / Served);

    /// <summary>The limits that were seen in the last <see cref="Run"/>, at the end of each call.</summary>
    public List<int> Limits { get; } = [];

    private long _ticks;

    public void Run(TimeSpan duration)
    {
        Served = 0;
        _ticks = 0;
        Limits.Clear();
        for (var end = time.GetUtcNow() + duration; time.GetUtcNow() < end;)
        {
            Offer();
            if (_ends.TryPeek(out _, out var next) && (CallsPerSecond is null || next <= _nextArrival))
            {
                MoveTo(next);
                End();
            }
            else
            {
                MoveTo(_nextArrival);
            }
        }
    }

    /// <summary>Lets every call end, and no other one begin.</summary>
    public void Drain()
    {
        while (_ends.TryPeek(out _, out var next))
        {
            MoveTo(next);
            End();
        }
    }

    private void Offer()
    {
        if (CallsPerSecond is not { } rate)
        {
            while (balancer.TryPick(default, out var lease))
            {
                Take(lease);
            }
        }
        else if (time.GetUtcNow() >= _nextArrival)
        {
            _nextArrival = time.GetUtcNow() + TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) / rate);
            if (balancer.TryPick(default, out var lease))
            {
                Take(lease);
            }
        }
    }

    private void Take(in PickLease lease)
    {
        _waiting.Enqueue((lease, time.GetUtcNow()));
        Work();
    }

    private void End()
    {
        var (lease, began) = _ends.Dequeue();
        var latency = time.GetUtcNow() - began;
        _busy--;
        Served++;
        _ticks += latency.Ticks;
        lease.Complete(new CallOutcome(Result, latency));
        Limits.Add(balancer.Describe().Endpoints[0].InFlightLimit ?? 0);
        Work();
    }

    private void Work()
    {
        while (_busy < Workers && _waiting.TryDequeue(out var call))
        {
            _busy++;
            _ends.Enqueue(call, time.GetUtcNow() + (IsEven ? Mean : TimeSpan.FromTicks(1 + (long)(-Math.Log(1 - _random.NextDouble()) * Mean.Ticks))));
        }
    }

    private void MoveTo(DateTimeOffset then)
    {
        if (then > time.GetUtcNow())
        {
            time.Advance(then - time.GetUtcNow());
        }
    }
}
