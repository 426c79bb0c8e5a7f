using Rollcall.Discovery;

namespace Rollcall.LoadTest.Simulation;

/// <summary>A server with workers and a queue, first come first served.</summary>
internal sealed class SimulatedServer(Endpoint endpoint, double meanMs)
{
    public Endpoint Endpoint => endpoint;

    /// <summary>How long a call takes on average.</summary>
    public double MeanMs { get; set; } = meanMs;

    public ServerState State { get; set; }

    public int Busy { get; set; }

    public int Calls { get; set; }

    public Queue<SimulatedCall> Waiting { get; } = new();
}
