using Rollcall.Discovery.Balancing;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class ServiceBalancerHashKeyTests
{
    [Fact]
    public async Task HashKey_IsThePolicysElseTheOptions()
    {
        await using var directory = new EndpointDirectory(new StaticEndpointSource(A, B));
        var options = new ServiceBalancerOptions { HashKey = HashKeySource.From(static _ => "options") };
        await using var balancer = new ServiceBalancer(directory.Watch(new ServiceQuery("orders")), new MaglevPolicy(), options);
        var call = new HashKeyCall("/orders", null, static (_, _) => null);

        Assert.Equal(HashKeySource.Hash("options"), balancer.GetHashKey(call));

        balancer.Apply(new MaglevPolicy(hashKey: HashKeySource.From(static _ => "policy")), options);
        Assert.Equal(HashKeySource.Hash("policy"), balancer.GetHashKey(call));

        balancer.Apply(new RoundRobinPolicy());
        Assert.Null(balancer.GetHashKey(call));
    }
}
