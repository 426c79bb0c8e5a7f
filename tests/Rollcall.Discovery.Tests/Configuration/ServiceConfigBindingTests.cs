using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Events;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests.Configuration;

public sealed class ServiceConfigBindingTests : IAsyncDisposable
{
    private const string RoundRobin = """{ "loadBalancingConfig": [ { "round_robin": {} } ] }""";
    private const string Shuffled = """{ "loadBalancingConfig": [ { "pick_first": { "shuffleAddressList": true } } ] }""";
    private const string NoPolicy = """{ "methodConfig": [ { "name": [ {} ], "timeout": "1s" } ] }""";

    private static readonly ConfiguredBalancing s_own = new(BalancingPolicies.Find("random"), new ServiceBalancerOptions());

    private readonly ScriptedConfigSource _source = new();
    private readonly EndpointDirectory _directory = new(new StaticEndpointSource(Instances.A, Instances.B));
    private readonly ServiceConfigDirectory _configs;
    private readonly ServiceBalancer _balancer;
    private readonly ConcurrentQueue<ServiceCallConfig?> _applied = new();

    public ServiceConfigBindingTests()
    {
        _configs = new ServiceConfigDirectory([_source]);
        _balancer = new ServiceBalancer(_directory.Watch(new ServiceQuery("orders")), s_own.Policy, s_own.Options);
    }

    public async ValueTask DisposeAsync()
    {
        await _balancer.DisposeAsync();
        await _configs.DisposeAsync();
        await _directory.DisposeAsync();
    }

    [Fact]
    public async Task LiveConfig_TakesThePlaceOfTheConfiguredOneAndGoesAgain()
    {
        var configured = ServiceCallConfig.Parse(NoPolicy);
        using var binding = Bind(configured);
        Assert.Same(configured, Assert.Single(_applied));

        _source.Answer(RoundRobin);
        await Eventually.TrueAsync(() => _applied.Count == 2);
        Assert.Equal("round_robin", _balancer.Policy.Name);
        Assert.Empty(binding.Current!.Methods);
        _source.Answer(null);
        await Eventually.TrueAsync(() => _applied.Count == 3);

        Assert.Same(configured, binding.Current);
        Assert.Equal("random", _balancer.Policy.Name);
    }

    [Fact]
    public async Task SamePolicyInTheNextConfig_KeepsItsPlace()
    {
        using var binding = Bind(null);
        _source.Answer(RoundRobin);
        await Eventually.TrueAsync(() => _applied.Count == 2);
        var policy = _balancer.Policy;
        _source.Answer(RoundRobin.Replace("[ {", "[ {  ", StringComparison.Ordinal)[..^1] + ", \"retryThrottling\": { \"maxTokens\": 5, \"tokenRatio\": 1 } }");
        await Eventually.TrueAsync(() => _applied.Count == 3);
        Assert.Same(policy, _balancer.Policy);

        _source.Answer(Shuffled);
        await Eventually.TrueAsync(() => _applied.Count == 4);
        Assert.Equal("pick_first", _balancer.Policy.Name);
        _source.Answer(NoPolicy);
        await Eventually.TrueAsync(() => _applied.Count == 5);
        Assert.Equal("random", _balancer.Policy.Name);
    }

    [Fact]
    public async Task StagesBeforeThePolicy_ComeAndGo()
    {
        using var binding = Bind(null);

        _source.Answer("""{ "loadBalancingConfig": [ { "stages": { "subset": { "size": 1 }, "childPolicy": [ { "round_robin": {} } ] } } ] }""");
        await Eventually.TrueAsync(() => _applied.Count == 2);
        Assert.Equal(1, Picked());
        _source.Answer(RoundRobin);
        await Eventually.TrueAsync(() => _applied.Count == 3);
        Assert.Equal(2, Picked());

        int Picked() => Enumerable.Range(0, 20).Select(_ =>
        {
            Assert.True(_balancer.TryPick(default, out var lease));
            lease.Complete(new CallOutcome(CallResult.Success, TimeSpan.Zero));
            return lease.Endpoint;
        }).Distinct().Count();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StagesThatContradictTheDefaults_AreRefusedByThisCallerAndTold(bool wasThereFirst)
    {
        const string Contradicts = """{ "loadBalancingConfig": [ { "stages": { "maxUnreachableCooldown": "20s", "childPolicy": [ { "round_robin": {} } ] } } ] }""";
        var defaults = new ServiceBalancerOptions { UnreachableCooldown = TimeSpan.FromSeconds(30), MaxUnreachableCooldown = TimeSpan.FromSeconds(30) };
        using var log = new LogCollector();
        await using var configs = new ServiceConfigDirectory([_source], loggerFactory: log);
        await using var other = configs.Watch(new ServiceConfigQuery("orders"));
        if (wasThereFirst)
        {
            _source.Answer(Contradicts);
            await Eventually.TrueAsync(() => other.State.Config is not null);
        }

        var binding = new ServiceConfigBinding(_balancer, s_own, defaults, configs.Watch(new ServiceConfigQuery("orders")), null, _applied.Enqueue);
        if (!wasThereFirst)
        {
            _source.Answer(Contradicts);
        }

        await Eventually.TrueAsync(() => binding.State!.Refused is not null);
        Assert.Equal("random", _balancer.Policy.Name);
        Assert.Null(binding.Current);
        await binding.Ready.WithinAsync();
        var refused = binding.State!.Refused!;
        Assert.Equal("the script", refused.Origin);
        Assert.Contains("maxUnreachableCooldown must not be less than unreachableCooldown, and they are \"20s\" and \"30s\"", refused.Fault, StringComparison.Ordinal);
        Assert.Null(binding.State.Origin);
        Assert.Equal(refused, _balancer.Describe().ServiceConfig!.Refused);
        Assert.Equal(refused, Assert.Single(configs.States).Refused);
        Assert.Null(other.State.Refused);
        Assert.Single(log.Entries, static entry => entry.Level == LogLevel.Warning);

        _source.Answer(RoundRobin);
        await Eventually.TrueAsync(() => _balancer.Policy.Name == "round_robin" && binding.State.Refused is null);
        Assert.Null(Assert.Single(configs.States).Refused);
        _source.Answer(Contradicts);
        await Eventually.TrueAsync(() => binding.State.Refused is not null);
        Assert.Equal("round_robin", _balancer.Policy.Name);
        Assert.Equal("the script", binding.State.Origin);
        Assert.Same(binding.Current, binding.State.Config);

        binding.Dispose();
        Assert.Null(Assert.Single(configs.States).Refused);
    }

    [Fact]
    public async Task BalancerOfOthers_IsLeftAsItIs()
    {
        using var binding = Bind(null, ownsBalancer: false);

        _source.Answer(RoundRobin);
        await Eventually.TrueAsync(() => _applied.Count == 2);

        Assert.Equal("random", _balancer.Policy.Name);
    }

    [Fact]
    public async Task ChangesAndRefusals_AreTold()
    {
        var told = new ConcurrentQueue<(string Origin, string? Fault)>();
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            await foreach (var e in _directory.Events.ReadAllAsync(stop.Token))
            {
                if (e is ConfigChanged changed)
                {
                    told.Enqueue((changed.Origin, changed.Fault));
                }
            }
        });
        await Eventually.TrueAsync(() => _directory.Events.Subscribers == 1);
        using var binding = Bind(null);

        foreach (var answer in (string?[])[NoPolicy, "{", RoundRobin, null])
        {
            var before = told.Count;
            _source.Answer(answer);
            await Eventually.TrueAsync(() => told.Count == before + 1);
        }

        Assert.Equal(["the script", "the script", "the script", "the caller's own options"], told.Select(t => t.Origin));
        Assert.Equal([true, false, true, true], told.Select(t => t.Fault is null));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WithinAsync());
    }

    [Fact]
    public async Task Disposed_KeepsWhatIsInForceAndEndsTheWatch()
    {
        var binding = Bind(null);
        _source.Answer(RoundRobin);
        await Eventually.TrueAsync(() => _applied.Count == 2);

        binding.Dispose();

        await Eventually.TrueAsync(() => _source.Open == 0);
        Assert.Equal("round_robin", _balancer.Policy.Name);
        Assert.NotNull(binding.Current);
    }

    private ServiceConfigBinding Bind(ServiceCallConfig? configured, bool ownsBalancer = true) =>
        new(_balancer, ownsBalancer ? s_own : null, null, _configs.Watch(new ServiceConfigQuery("orders")), configured, _applied.Enqueue);
}
