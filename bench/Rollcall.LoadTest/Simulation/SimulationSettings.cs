namespace Rollcall.LoadTest.Simulation;

/// <summary>What is simulated: servers with four workers each, whose calls take 10 ms on average, exponentially distributed.</summary>
/// <param name="Servers">How many.</param>
/// <param name="Slow">How many of them are slow.</param>
/// <param name="Factor">How many times as slow.</param>
/// <param name="Load">Part of what the servers could do if none were slow.</param>
/// <param name="Callers">How many callers, each with a picker of its own.</param>
/// <param name="Calls">How many calls.</param>
/// <param name="Seed">The same seed, the same result.</param>
internal sealed record SimulationSettings(int Servers, int Slow, double Factor, double Load, int Callers, int Calls, int Seed)
{
    public const int Workers = 4;
    public const double MeanMs = 10;
}
