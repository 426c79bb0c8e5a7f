using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing;

/// <summary>The policies that come with the package, by name.</summary>
public static class BalancingPolicies
{
    private static readonly ImmutableArray<IBalancingPolicy> s_all = [new PickFirstPolicy(), new RandomPolicy(), new RoundRobinPolicy()];

    /// <summary>Their names, as used in configuration.</summary>
    public static ImmutableArray<string> Names { get; } = [.. s_all.Select(static p => p.Name)];

    /// <summary>The policy with a name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those that there are.</exception>
    public static IBalancingPolicy Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (var policy in s_all)
        {
            if (policy.Name == name)
            {
                return policy;
            }
        }
        throw new ArgumentException($"There is no balancing policy '{name}'. Use one of: {string.Join(", ", Names)}.", nameof(name));
    }
}
