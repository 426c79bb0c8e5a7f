using Rollcall.Discovery;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Faults;

/// <summary>Calls at a fixed rate to all instances, and at the same time and rate such to those that are never at fault. They begin at once, by callers that are new.</summary>
internal sealed class ComparedCalls : IAsyncDisposable
{
    private readonly FaultClients _clients;
    private readonly FaultClients _healthyClients;
    private readonly CancellationTokenSource _stop;
    private readonly PacedCalls _healthyCalls;

    /// <param name="agent">The agent's address.</param>
    /// <param name="rate">Calls a second of each.</param>
    /// <param name="config">The callers' service config.</param>
    /// <param name="onAttempt">Is told where each attempt of the calls to all instances went.</param>
    /// <param name="cancel">Stops them.</param>
    public ComparedCalls(Uri agent, int rate, string config, Action<Endpoint> onAttempt, CancellationToken cancel)
    {
        _clients = new FaultClients(agent, FaultyInstance.Service, config, onAttempt);
        _healthyClients = new FaultClients(agent, FaultyInstance.ControlService, config, static _ => { });
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Calls = new PacedCalls(_clients.Kinds, rate, _stop.Token);
        _healthyCalls = new PacedCalls(_healthyClients.Kinds, rate, _stop.Token);
    }

    /// <summary>The calls to all instances.</summary>
    public PacedCalls Calls { get; }

    /// <summary>The kinds of calls, to all instances and to the healthy ones.</summary>
    public IEnumerable<(TimedCall All, TimedCall Healthy)> Kinds => _clients.Kinds.Zip(_healthyClients.Kinds);

    /// <summary>Calls that have begun and not ended.</summary>
    public long UnderWay => Calls.UnderWay + _healthyCalls.UnderWay;

    /// <summary>Begins no more, and waits for those that are under way.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Calls.EndedAsync();
        await _healthyCalls.EndedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        await _healthyClients.DisposeAsync();
        await _clients.DisposeAsync();
    }
}
