using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.LoadTest.Simulation;

/// <summary>Lets a policy choose the servers of calls that come at random, in virtual time: one event after the other, always with the same result.</summary>
internal sealed class PolicySimulation
{
    private readonly SimulationSettings _settings;
    private readonly VirtualClock _clock = new();
    private readonly Random _random;
    private readonly SimulatedServer[] _servers;
    private readonly EndpointPicker[] _pickers;
    private readonly PriorityQueue<(int Server, PickLease Lease, long Started), long> _ends = new();
    private readonly List<double> _latencies = [];

    private PolicySimulation(IBalancingPolicy policy, SimulationSettings settings)
    {
        _settings = settings;
        _random = new Random(settings.Seed);
        _servers = [.. Enumerable.Range(0, settings.Servers).Select(i => new SimulatedServer(SimulationSettings.MeanMs * (i < settings.Slow ? settings.Factor : 1)))];
        Endpoint[] endpoints = [.. Enumerable.Range(0, settings.Servers).Select(static i => new Endpoint($"s{i:00000}", "127.0.0.1", 1 + i))];
        _pickers =
        [
            .. Enumerable.Range(0, settings.Callers).Select(i => policy.CreatePicker(
                new PickerInput([.. endpoints]) { Random = new Random(settings.Seed + i + 1), TimeProvider = _clock })),
        ];
    }

    public static SimulationResult Run(string name, IBalancingPolicy policy, SimulationSettings settings) => new PolicySimulation(policy, settings).Run(name);

    private SimulationResult Run(string name)
    {
        var between = SimulationSettings.MeanMs / (_settings.Servers * SimulationSettings.Workers * _settings.Load);
        var longest = 0;
        for (var call = 0; call < _settings.Calls; call++)
        {
            var arrival = _clock.Ticks + Exponential(between);
            FinishUntil(arrival);
            _clock.Ticks = arrival;
            if (!_pickers[_random.Next(_pickers.Length)].TryPick(default, out var lease))
            {
                throw new InvalidOperationException($"{name} picked nothing.");
            }

            var server = _servers[lease.Slot];
            server.Calls++;
            if (server.Busy < SimulationSettings.Workers)
            {
                Begin(lease.Slot, lease, arrival);
            }
            else
            {
                server.Waiting.Enqueue((lease, arrival));
                longest = Math.Max(longest, server.Waiting.Count);
            }
        }

        FinishUntil(long.MaxValue);

        // The first quarter is how the policy learns.
        _latencies.RemoveRange(0, _latencies.Count / 4);
        _latencies.Sort();
        return new SimulationResult(
            name, Quantile(0.5), Quantile(0.99), Math.Round(_servers.Max(static s => s.Calls) / _servers.Average(static s => s.Calls), 2), longest);
    }

    private void FinishUntil(long time)
    {
        while (_ends.TryPeek(out _, out var end) && end <= time)
        {
            var (index, lease, started) = _ends.Dequeue();
            _clock.Ticks = end;
            var latency = TimeSpan.FromTicks(end - started);
            _latencies.Add(latency.TotalMilliseconds);
            lease.Complete(new CallOutcome(CallResult.Success, latency));
            var server = _servers[index];
            server.Busy--;
            if (server.Waiting.TryDequeue(out var next))
            {
                Begin(index, next.Lease, next.Started);
            }
        }
    }

    private void Begin(int index, PickLease lease, long started)
    {
        _servers[index].Busy++;
        _ends.Enqueue((index, lease, started), _clock.Ticks + Exponential(_servers[index].MeanMs));
    }

    private long Exponential(double meanMs) => 1 + (long)(-Math.Log(1 - _random.NextDouble()) * meanMs * TimeSpan.TicksPerMillisecond);

    private double Quantile(double part) => Math.Round(_latencies[(int)(_latencies.Count * part)], 1);
}
