namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>The setting that hashing policies share.</summary>
internal static class LoadBound
{
    public const double Default = 1.25;
    public const double Max = 100;

    /// <exception cref="ArgumentOutOfRangeException">Neither 0, for none, nor from 1 to 100.</exception>
    public static void Validate(double loadFactor)
    {
        if (loadFactor is not (0 or (>= 1 and <= Max)))
        {
            throw new ArgumentOutOfRangeException(nameof(loadFactor), loadFactor, "The load factor must be from 1 to 100, or 0 for no bound.");
        }
    }
}
