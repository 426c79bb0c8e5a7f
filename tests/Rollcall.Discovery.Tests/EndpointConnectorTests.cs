using System.Collections.Concurrent;
using System.Net.Sockets;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Tests.Balancing;
using Rollcall.TestKit;

namespace Rollcall.Discovery.Tests;

/// <summary>Endpoints that take long to connect, by a clock and connections in the test's hands.</summary>
public sealed class EndpointConnectorTests : IAsyncDisposable
{
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(250);

    private readonly BalancerHarness _harness = new();
    private readonly ConcurrentDictionary<Endpoint, TaskCompletionSource<Socket>> _opening = new();
    private readonly ConcurrentDictionary<Endpoint, CancellationToken> _tokens = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    private Task<ServiceBalancer> PickFirstAsync() => _harness.BalanceAsync(new PickFirstPolicy(), Instances.A, Instances.B, Instances.C);

    private EndpointConnector ConnectorTo(Endpoint endpoint, ServiceBalancer balancer) => new(endpoint, balancer, (to, cancellationToken) =>
    {
        _tokens[to] = cancellationToken;
        return _opening.AddOrUpdate(to, static _ => New(), static (_, _) => New()).Task;
    });

    private static TaskCompletionSource<Socket> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static Socket NewSocket() => new(SocketType.Stream, ProtocolType.Tcp);

    private bool IsAsked(Endpoint endpoint) => _opening.ContainsKey(endpoint);

    private async Task PassDelayAsync(Endpoint asksFor)
    {
        Assert.False(IsAsked(asksFor));
        await _harness.Time.WaitForTimerDueInAsync(s_delay);
        _harness.Time.Advance(s_delay);
        await Eventually.TrueAsync(() => IsAsked(asksFor));
    }

    [Fact]
    public async Task ConnectedWithinTheDelay_NobodyElseIsAsked()
    {
        using var balancer = await PickFirstAsync();
        var connecting = ConnectorTo(Instances.A, balancer).ConnectAsync(default);
        using var socket = NewSocket();
        _opening[Instances.A].SetResult(socket);

        Assert.Same(socket, await connecting.WithinAsync());
        Assert.False(IsAsked(Instances.B));
    }

    [Fact]
    public async Task AnotherIsConnectedFirst_FailsAsIfRefusedAndItsConnectionIsClosed()
    {
        using var balancer = await PickFirstAsync();
        var connecting = ConnectorTo(Instances.A, balancer).ConnectAsync(default);
        await PassDelayAsync(asksFor: Instances.B);
        Assert.False(IsAsked(Instances.C));
        using var other = NewSocket();
        _opening[Instances.B].SetResult(other);

        var error = await Assert.ThrowsAsync<SocketException>(() => connecting.WithinAsync());
        Assert.Contains($"{Instances.A}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{Instances.B}", error.Message, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => other.SafeHandle.IsClosed);
        Assert.True(_tokens[Instances.A].IsCancellationRequested);

        // One that comes too late is closed as well.
        using var late = NewSocket();
        _opening[Instances.A].SetResult(late);
        await Eventually.TrueAsync(() => late.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task ConnectedAfterTheDelayButFirst_IsTakenAndTheOthersAreGivenUp()
    {
        using var balancer = await PickFirstAsync();
        var connecting = ConnectorTo(Instances.A, balancer).ConnectAsync(default);
        await PassDelayAsync(asksFor: Instances.B);
        await PassDelayAsync(asksFor: Instances.C);
        using var socket = NewSocket();
        _opening[Instances.A].SetResult(socket);

        Assert.Same(socket, await connecting.WithinAsync());
        Assert.True(_tokens[Instances.B].IsCancellationRequested);
        Assert.True(_tokens[Instances.C].IsCancellationRequested);
        Assert.False(socket.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task AnotherFails_TheNextIsAskedAtOnce()
    {
        using var balancer = await PickFirstAsync();
        var connecting = ConnectorTo(Instances.A, balancer).ConnectAsync(default);
        await PassDelayAsync(asksFor: Instances.B);
        _opening[Instances.B].SetException(new SocketException((int)SocketError.ConnectionRefused));
        await Eventually.TrueAsync(() => IsAsked(Instances.C));
        _opening[Instances.C].SetException(new SocketException((int)SocketError.ConnectionRefused));

        // Nobody is left: it waits for its own.
        using var socket = NewSocket();
        _opening[Instances.A].SetResult(socket);
        Assert.Same(socket, await connecting.WithinAsync());
    }

    [Fact]
    public async Task SlowBefore_TheNextAttemptAsksAnotherAtOnceUntilOneSucceeds()
    {
        using var balancer = await PickFirstAsync();
        var connector = ConnectorTo(Instances.A, balancer);
        var first = connector.ConnectAsync(default);
        await PassDelayAsync(asksFor: Instances.B);
        _opening[Instances.B].SetResult(NewSocket());
        await Assert.ThrowsAsync<SocketException>(() => first.WithinAsync());
        _opening.Clear();

        var second = connector.ConnectAsync(default);
        await Eventually.TrueAsync(() => IsAsked(Instances.B));
        using var socket = NewSocket();
        _opening[Instances.A].SetResult(socket);
        Assert.Same(socket, await second.WithinAsync());
        _opening.Clear();

        var third = connector.ConnectAsync(default);
        await PassDelayAsync(asksFor: Instances.B);
        using var again = NewSocket();
        _opening[Instances.A].SetResult(again);
        Assert.Same(again, await third.WithinAsync());
    }

    [Fact]
    public async Task CallerGivesUp_AllAreGivenUp()
    {
        using var balancer = await PickFirstAsync();
        using var caller = new CancellationTokenSource();
        var connecting = ConnectorTo(Instances.A, balancer).ConnectAsync(caller.Token);
        await PassDelayAsync(asksFor: Instances.B);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WithinAsync());
        Assert.True(_tokens[Instances.A].IsCancellationRequested);
        Assert.True(_tokens[Instances.B].IsCancellationRequested);
    }

    [Fact]
    public async Task OtherPolicies_WaitForTheirOwn()
    {
        using var balancer = await _harness.BalanceAsync(new RoundRobinPolicy(), Instances.A, Instances.B);
        var connecting = ConnectorTo(Instances.A, balancer).ConnectAsync(default);
        _harness.Time.Advance(TimeSpan.FromSeconds(10));
        using var socket = NewSocket();
        _opening[Instances.A].SetResult(socket);

        Assert.Same(socket, await connecting.WithinAsync());
        Assert.False(IsAsked(Instances.B));
    }

    [Fact]
    public async Task NobodyElse_WaitsForItsOwnWithoutATimer()
    {
        using var balancer = await _harness.BalanceAsync(new PickFirstPolicy(), Instances.A);
        var timers = _harness.Time.PendingTimers;
        var connecting = ConnectorTo(Instances.A, balancer).ConnectAsync(default);
        Assert.Equal(timers, _harness.Time.PendingTimers);
        using var socket = NewSocket();
        _opening[Instances.A].SetResult(socket);

        Assert.Same(socket, await connecting.WithinAsync());
    }

    [Fact]
    public async Task Asking_LeavesNoCallInFlight()
    {
        using var balancer = await PickFirstAsync();
        var connecting = ConnectorTo(Instances.A, balancer).ConnectAsync(default);
        await PassDelayAsync(asksFor: Instances.B);
        _opening[Instances.A].SetException(new SocketException((int)SocketError.ConnectionRefused));

        await Assert.ThrowsAsync<SocketException>(() => connecting.WithinAsync());
        Assert.All(balancer.Describe().Endpoints, static e => Assert.Equal(0, e.InFlight));
    }
}
