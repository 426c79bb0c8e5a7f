namespace Rollcall.LoadTest.Simulation;

/// <summary>What is simulated: servers with four workers each, whose calls take 10 ms on average, exponentially distributed.</summary>
internal sealed record SimulationSettings
{
    public const int Workers = 4;
    public const double MeanMs = 10;

    /// <summary>How many there are at the beginning.</summary>
    public int Servers { get; init; } = 10;

    /// <summary>How many of them are slow.</summary>
    public int Slow { get; init; }

    /// <summary>How many times as slow.</summary>
    public double Factor { get; init; } = 10;

    /// <summary>How many answer with errors, at once, in the second third of the time.</summary>
    public int Failing { get; init; }

    /// <summary>How many refuse connections from a third of the time on; five seconds later they leave the list.</summary>
    public int Dead { get; init; }

    /// <summary>How many join the list at half of the time, for two seconds five times as slow.</summary>
    public int Joining { get; init; }

    /// <summary>How many leave the list at two thirds of the time, and end the calls that they have.</summary>
    public int Leaving { get; init; }

    /// <summary>Part of what the servers of the beginning could do if none were slow.</summary>
    public double Load { get; init; } = 0.5;

    /// <summary>How many callers, each with a balancer of its own.</summary>
    public int Callers { get; init; } = 1;

    /// <summary>How many servers a caller uses; 0: all.</summary>
    public int Subset { get; init; }

    public int Calls { get; init; } = 100_000;

    /// <summary>The same seed, the same result.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How long new instances warm; zero: not at all.</summary>
    public TimeSpan SlowStart { get; init; }
}
