using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Stages;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>A balancer on a list that the test writes, with a clock that the test moves.</summary>
internal sealed class BalancerHarness : IAsyncDisposable
{
    private readonly LogCollector _log = new();

    public BalancerHarness() => Directory = new EndpointDirectory(Source, timeProvider: Time, loggerFactory: _log, random: new Random(1));

    public FakeTimeProvider Time { get; } = new();

    public ScriptedSource Source { get; } = new();

    public EndpointDirectory Directory { get; }

    public Task<ServiceBalancer> BalanceAsync(IBalancingPolicy policy, params Endpoint[] endpoints) =>
        BalanceAsync(policy, new ServiceBalancerOptions { Random = new ThreadSafeRandom(7) }, endpoints);

    public async Task<ServiceBalancer> BalanceAsync(IBalancingPolicy policy, ServiceBalancerOptions options, params Endpoint[] endpoints)
    {
        var balancer = new ServiceBalancer(Directory.Watch(new ServiceQuery("orders")), policy, options);
        await AnswerAsync(balancer, 1, endpoints);
        return balancer;
    }

    /// <summary>Gives a list and waits until the balancer picks from it.</summary>
    public async Task AnswerAsync(ServiceBalancer balancer, ulong index, params Endpoint[] endpoints)
    {
        Source.Answer(index, endpoints);
        await Eventually.TrueAsync(() => balancer.Describe().Endpoints.Select(static e => e.Endpoint).ToHashSet().SetEquals(endpoints));
    }

    public async ValueTask DisposeAsync()
    {
        await Directory.DisposeAsync().AsTask().WithinAsync();
        _log.Dispose();
    }
}
