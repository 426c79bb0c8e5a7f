using Rollcall.Discovery.Balancing;

namespace Rollcall.LoadTest.Simulation;

/// <summary>Every policy, and settings of one that make a difference.</summary>
internal static class SimulatedPolicies
{
    public static IReadOnlyList<(string Name, Func<IBalancingPolicy> Create)> All { get; } =
    [
        .. BalancingPolicies.Names.Where(static name => name != "least_request").Select(static name => (name, Maker(name))),
        ("least_request 2", static () => new LeastRequestPolicy(2)),
        ("least_request 4", static () => new LeastRequestPolicy(4)),
        ("least_request 10", static () => new LeastRequestPolicy(10)),
    ];

    private static Func<IBalancingPolicy> Maker(string name) => () => BalancingPolicies.Find(name);
}
