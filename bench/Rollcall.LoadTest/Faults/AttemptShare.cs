using Rollcall.Discovery;

namespace Rollcall.LoadTest.Faults;

/// <summary>Counts how many attempts go to one instance. Thread-safe.</summary>
internal sealed class AttemptShare(FaultyInstance instance)
{
    private long _attempts;
    private long _there;

    public void Add(Endpoint endpoint)
    {
        Interlocked.Increment(ref _attempts);
        Interlocked.Add(ref _there, instance.Is(endpoint) ? 1 : 0);
    }

    /// <summary>The share of those since the last time; 0 when there were none.</summary>
    public double Take()
    {
        var (attempts, there) = (Interlocked.Exchange(ref _attempts, 0), Interlocked.Exchange(ref _there, 0));
        return attempts == 0 ? 0 : Math.Round((double)there / attempts, 4);
    }
}
