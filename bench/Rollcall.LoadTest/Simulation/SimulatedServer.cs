using Rollcall.Discovery.Balancing;

namespace Rollcall.LoadTest.Simulation;

/// <summary>A server with workers and a queue, first come first served.</summary>
internal sealed class SimulatedServer(double meanMs)
{
    public double MeanMs => meanMs;

    public int Busy { get; set; }

    public int Calls { get; set; }

    public Queue<(PickLease Lease, long Started)> Waiting { get; } = new();
}
