using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>A lease and the time since its pick; whichever of its ends comes first counts, further ones do nothing. Thread-safe.</summary>
internal sealed class CallLease(PickLease lease, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private int _completed;

    public void Complete(CallResult result)
    {
        if (Interlocked.Exchange(ref _completed, 1) == 0)
        {
            lease.Complete(new CallOutcome(result, time.GetElapsedTime(_started)));
        }
    }
}
