namespace Rollcall.Discovery.Balancing;

/// <summary>Settings of a <see cref="ServiceBalancer"/>. Read once, at construction.</summary>
public sealed class ServiceBalancerOptions
{
    /// <summary>
    /// How long an endpoint that refused a connection is left out while others are left; doubles with each further refusal. It keeps a
    /// killed instance from costing every nth call a failed attempt until its check fails.
    /// </summary>
    /// <value>Default 1 second. Zero: never left out.</value>
    public TimeSpan UnreachableCooldown { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such time.</summary>
    /// <value>Default 10 seconds. At least <see cref="UnreachableCooldown"/>.</value>
    public TimeSpan MaxUnreachableCooldown { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Where the policy's choices by chance come from; must be thread-safe.</summary>
    /// <value>Default <see cref="System.Random.Shared"/>.</value>
    public Random Random { get; set; } = Random.Shared;

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Random);
        ArgumentOutOfRangeException.ThrowIfLessThan(UnreachableCooldown, TimeSpan.Zero, nameof(UnreachableCooldown));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxUnreachableCooldown, UnreachableCooldown, nameof(MaxUnreachableCooldown));
    }
}
