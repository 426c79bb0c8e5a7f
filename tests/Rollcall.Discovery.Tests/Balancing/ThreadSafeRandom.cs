namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>A seeded random that several threads may use.</summary>
internal sealed class ThreadSafeRandom(int seed) : Random
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);

    public override int Next()
    {
        lock (_lock)
        {
            return _random.Next();
        }
    }

    public override int Next(int maxValue)
    {
        lock (_lock)
        {
            return _random.Next(maxValue);
        }
    }

    public override int Next(int minValue, int maxValue)
    {
        lock (_lock)
        {
            return _random.Next(minValue, maxValue);
        }
    }

    public override long NextInt64()
    {
        lock (_lock)
        {
            return _random.NextInt64();
        }
    }

    public override double NextDouble()
    {
        lock (_lock)
        {
            return _random.NextDouble();
        }
    }
}
