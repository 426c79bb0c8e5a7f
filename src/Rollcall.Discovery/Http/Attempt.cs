using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>One attempt of a request on one instance. It is completed once.</summary>
internal readonly struct Attempt(PickLease lease, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    public Endpoint Endpoint => lease.Endpoint;

    public void Complete(CallResult result) => lease.Complete(new CallOutcome(result, time.GetElapsedTime(_started)));
}
