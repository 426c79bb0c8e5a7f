using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.LoadTest.Simulation;

/// <summary>One call with its attempts.</summary>
/// <param name="caller">Who makes it.</param>
/// <param name="began">When.</param>
/// <param name="key">What hashing policies go by.</param>
internal sealed class SimulatedCall(int caller, long began, ulong key)
{
    public int Caller => caller;

    public long Began => began;

    public ulong Key => key;

    /// <summary>Where it was; null: nowhere yet.</summary>
    public List<Endpoint>? Tried { get; set; }

    public PickLease Lease { get; set; }

    public SimulatedServer? Server { get; set; }

    public long AttemptBegan { get; set; }

    public CallResult Result { get; set; }
}
