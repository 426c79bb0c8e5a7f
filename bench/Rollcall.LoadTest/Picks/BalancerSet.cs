using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.LoadTest.Picks;

/// <summary>A balancer for each policy, all over the same list: the way that calls take, which counts calls and hears of their ends.</summary>
internal sealed class BalancerSet : IAsyncDisposable
{
    private readonly EndpointDirectory _directory;

    private BalancerSet(EndpointDirectory directory, List<(string Policy, ServiceBalancer Balancer)> byPolicy)
    {
        _directory = directory;
        ByPolicy = byPolicy;
    }

    public IReadOnlyList<(string Policy, ServiceBalancer Balancer)> ByPolicy { get; }

    public static async Task<BalancerSet> CreateAsync(int length)
    {
        var directory = new EndpointDirectory(new StaticEndpointSource(PickSubject.List(length, weighted: false)));
        List<(string, ServiceBalancer)> byPolicy = [];
        foreach (var policy in BalancingPolicies.Names)
        {
            var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("picks")), BalancingPolicies.Find(policy));
            (await balancer.PickAsync(default)).Complete(new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(1)));
            byPolicy.Add((policy, balancer));
        }

        return new BalancerSet(directory, byPolicy);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, balancer) in ByPolicy)
        {
            await balancer.DisposeAsync();
        }

        await _directory.DisposeAsync();
    }
}
