using Microsoft.Extensions.Logging;
using Rollcall.Discovery.Balancing;
using Rollcall.TestKit;
using static Rollcall.Discovery.Tests.Instances;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>Calls that get no instance although there are some.</summary>
public sealed class PickingNoneTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedSource _source = new();
    private readonly LogCollector _log = new();
    private readonly EndpointDirectory _directory;
    private readonly ChoosyPolicy _policy = new();

    public PickingNoneTests()
    {
        _log.Expect(static e => e.Message.Contains("policy choosy", StringComparison.Ordinal));
        _directory = new EndpointDirectory(_source, timeProvider: _time, loggerFactory: _log);
    }

    public async ValueTask DisposeAsync()
    {
        await _directory.DisposeAsync().AsTask().WithinAsync();
        _log.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task PolicyChoosesNone_ACallFailsAtOnceAndSaysSo(int limit)
    {
        await using var balancer = await BalanceAsync(limit);
        _policy.ChoosesNone = true;

        var error = await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());

        Assert.Equal(NoEndpointReason.PolicyChoseNone, error.Reason);
        Assert.Contains("'orders'", error.Message, StringComparison.Ordinal);
        Assert.Contains("choosy", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PolicyThrows_ACallThatFindsAllFullHearsThat()
    {
        await using var balancer = await BalanceAsync(1);
        Assert.True(balancer.TryPick(default, out _));
        Assert.True(balancer.TryPick(default, out var lease));
        _policy.Fault = new InvalidOperationException("not now");
        lease.Complete(Outcomes.Unreachable);
        Assert.True(balancer.TryPick(default, out _));

        var error = await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());

        Assert.Equal(NoEndpointReason.AllFull, error.Reason);
        Assert.Single(_log.Entries, static e => e.Level == LogLevel.Error);
    }

    [Fact]
    public async Task PolicyThrowsForAnotherList_ACallFailsAtOnce()
    {
        await using var balancer = await BalanceAsync(0);
        _source.Answer(2);

        // Only then its picker is made: a call may hear that the list is empty while another thread makes it.
        await Eventually.TrueAsync(() => balancer.Describe().Endpoints.Length == 0);
        _policy.Fault = new InvalidOperationException("not now");
        _source.Answer(3, A, B);
        await Eventually.TrueAsync(() => balancer.Snapshot!.Endpoints.Length == 2);

        var error = await Assert.ThrowsAsync<NoEndpointException>(() => balancer.PickAsync(default).AsTask().WithinAsync());

        Assert.Equal(NoEndpointReason.PolicyChoseNone, error.Reason);
    }

    private async Task<ServiceBalancer> BalanceAsync(int limit)
    {
        var balancer = new ServiceBalancer(
            _directory.Watch(new ServiceQuery("orders")), _policy, new ServiceBalancerOptions { MaxInFlight = limit, UnreachableCooldown = TimeSpan.FromSeconds(5) });
        _source.Answer(1, A, B);
        await Eventually.TrueAsync(() => balancer.Describe().Endpoints.Length == 2);
        return balancer;
    }

    private sealed class ChoosyPolicy : IBalancingPolicy
    {
        public bool ChoosesNone { get; set; }

        public Exception? Fault { get; set; }

        public string Name => "choosy";

        public EndpointPicker CreatePicker(PickerInput input) => Fault is { } fault ? throw fault : new Picker(input, this);

        private sealed class Picker(PickerInput input, ChoosyPolicy policy) : EndpointPicker(input)
        {
            public override int Choose(in PickContext context) => policy.ChoosesNone ? -1 : 0;
        }
    }
}
