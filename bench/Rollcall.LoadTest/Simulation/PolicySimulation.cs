using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.LoadTest.Simulation;

/// <summary>
/// Lets balancers with all their stages choose the servers of calls that come at random, in virtual time: one event after the other, always with the
/// same result.
/// </summary>
internal sealed class PolicySimulation : IAsyncDisposable
{
    private const int MaxAttempts = 3;
    private const double ErrorMs = 1;
    private static readonly TimeSpan s_unnoticed = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_cold = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly SimulationSettings _settings;
    private readonly VirtualClock _clock = new();
    private readonly Random _random;
    private readonly SimulatedSource _source = new();
    private readonly EndpointDirectory _directory;
    private readonly ServiceBalancer[] _balancers;
    private readonly EndpointWatch _last;
    private readonly Dictionary<Endpoint, SimulatedServer> _servers = [];
    private readonly List<Endpoint> _listed = [];
    private readonly PriorityQueue<SimulatedCall, (long Time, long Order)> _ends = new();
    private readonly PriorityQueue<Func<Task>, (long Time, int Order)> _script = new();
    private readonly List<double> _latencies = [];
    private TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _order;
    private int _longest;
    private int _lost;
    private int _again;

    private PolicySimulation(Func<IBalancingPolicy> policy, SimulationSettings settings)
    {
        _settings = settings;
        _random = new Random(settings.Seed);
        _directory = new EndpointDirectory(_source, timeProvider: _clock, random: new Random(settings.Seed));
        var query = new ServiceQuery("simulated");
        _balancers =
        [
            .. Enumerable.Range(1, settings.Callers).Select(i => new ServiceBalancer(
                _directory.Watch(query),
                policy(),
                new ServiceBalancerOptions { Random = new Random(settings.Seed + i), SlowStart = { Window = settings.SlowStart }, Subset = { Size = settings.Subset, ClientId = $"caller {i}" } })
            {
                LongestBuiltAtEnds = int.MaxValue,
            }),
        ];

        // Told after all balancers were: they have registered before.
        _last = _directory.Watch(query);
        _last.OnChange(_ => _seen.TrySetResult());
    }

    private double CallsPerMs => _settings.Servers * SimulationSettings.Workers * _settings.Load / SimulationSettings.MeanMs;

    public static async Task<SimulationResult> RunAsync(string name, Func<IBalancingPolicy> policy, SimulationSettings settings)
    {
        var simulation = new PolicySimulation(policy, settings);
        await using (simulation.ConfigureAwait(false))
        {
            return await simulation.RunAsync(name).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var balancer in _balancers)
        {
            balancer.Dispose();
        }

        _last.Dispose();
        await _directory.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<SimulationResult> RunAsync(string name)
    {
        for (var i = 0; i < _settings.Servers; i++)
        {
            _listed.Add(Start(SimulationSettings.MeanMs * (i < _settings.Slow ? _settings.Factor : 1)));
        }

        await ListAsync(_listed).ConfigureAwait(false);
        Write();
        for (var call = 0; call < _settings.Calls; call++)
        {
            await GoOnAsync(_clock.Ticks + Exponential(1 / CallsPerMs)).ConfigureAwait(false);
            Attempt(new SimulatedCall(_random.Next(_balancers.Length), _clock.Ticks, (ulong)_random.NextInt64()));
        }

        _script.Clear();
        await GoOnAsync(long.MaxValue).ConfigureAwait(false);

        // The first quarter is how the policy learns.
        _latencies.RemoveRange(0, _latencies.Count / 4);
        _latencies.Sort();
        var calls = _servers.Values.Select(static s => s.Calls).ToArray();
        return new SimulationResult(name, Quantile(0.5), Quantile(0.99), Math.Round(calls.Max() / calls.Average(), 2), _longest, _lost, _again);
    }

    /// <summary>What happens to servers and list; the slow ones are left alone.</summary>
    private void Write()
    {
        var duration = TimeSpan.FromMilliseconds(_settings.Calls / CallsPerMs);
        var victims = new Queue<SimulatedServer>(_listed.Skip(_settings.Slow).Select(endpoint => _servers[endpoint]));
        var failing = Take(_settings.Failing);
        var dead = Take(_settings.Dead);
        var leaving = Take(_settings.Leaving);
        At(duration / 3, () => Set(failing, ServerState.Failing));
        At(duration * 2 / 3, () => Set(failing, ServerState.Serving));
        At(duration / 3, () => Set(dead, ServerState.Dead));
        At((duration / 3) + s_unnoticed, () => UnlistAsync(dead));
        At(duration * 2 / 3, () => UnlistAsync(leaving));
        List<SimulatedServer> joined = [];
        At(duration / 2, () =>
        {
            for (var i = 0; i < _settings.Joining; i++)
            {
                var endpoint = Start(SimulationSettings.MeanMs * 5);
                joined.Add(_servers[endpoint]);
                _listed.Add(endpoint);
            }

            return _settings.Joining == 0 ? Task.CompletedTask : ListAsync(_listed);
        });
        At((duration / 2) + s_cold, () =>
        {
            joined.ForEach(static server => server.MeanMs = SimulationSettings.MeanMs);
            return Task.CompletedTask;
        });

        List<SimulatedServer> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => victims.Dequeue())];

        void At(TimeSpan time, Func<Task> what) => _script.Enqueue(what, (_clock.Ticks + time.Ticks, _script.Count));

        static Task Set(List<SimulatedServer> servers, ServerState state)
        {
            servers.ForEach(server => server.State = state);
            return Task.CompletedTask;
        }
    }

    private Task UnlistAsync(List<SimulatedServer> gone)
    {
        gone.ForEach(server => _listed.Remove(server.Endpoint));
        return gone.Count == 0 ? Task.CompletedTask : ListAsync(_listed);
    }

    private async Task ListAsync(List<Endpoint> endpoints)
    {
        _seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _source.Answer(endpoints);
        await _seen.Task.WaitAsync(s_patience, TimeProvider.System).ConfigureAwait(false);
    }

    private Endpoint Start(double meanMs)
    {
        var endpoint = new Endpoint($"s{_servers.Count:00000}", "127.0.0.1", 1 + _servers.Count);
        _servers.Add(endpoint, new SimulatedServer(endpoint, meanMs));
        return endpoint;
    }

    /// <summary>Everything that happens until a time.</summary>
    private async Task GoOnAsync(long until)
    {
        while (true)
        {
            var end = _ends.TryPeek(out _, out var ending) ? ending.Time : long.MaxValue;
            var script = _script.TryPeek(out _, out var written) ? written.Time : long.MaxValue;
            var next = Math.Min(end, script);
            if (next > until || next == long.MaxValue)
            {
                break;
            }

            _clock.MoveTo(next);
            if (script <= end)
            {
                await _script.Dequeue()().ConfigureAwait(false);
            }
            else
            {
                End(_ends.Dequeue());
            }
        }

        if (until != long.MaxValue)
        {
            _clock.MoveTo(until);
        }
    }

    private void Attempt(SimulatedCall call)
    {
        if (!_balancers[call.Caller].TryPick(new PickContext { HashKey = call.Key, Tried = call.Tried }, out var lease))
        {
            _lost++;
            return;
        }

        var server = _servers[lease.Endpoint];
        server.Calls++;
        (call.Lease, call.Server, call.AttemptBegan) = (lease, server, _clock.Ticks);
        if (server.State != ServerState.Serving)
        {
            call.Result = server.State == ServerState.Dead ? CallResult.Unreachable : CallResult.Failure;
            _ends.Enqueue(call, (_clock.Ticks + (long)(ErrorMs * TimeSpan.TicksPerMillisecond), _order++));
        }
        else if (server.Busy < SimulationSettings.Workers)
        {
            Work(call);
        }
        else
        {
            server.Waiting.Enqueue(call);
            _longest = Math.Max(_longest, server.Waiting.Count);
        }
    }

    private void Work(SimulatedCall call)
    {
        call.Server!.Busy++;
        call.Result = CallResult.Success;
        _ends.Enqueue(call, (_clock.Ticks + Exponential(call.Server.MeanMs), _order++));
    }

    private void End(SimulatedCall call)
    {
        var server = call.Server!;
        call.Lease.Complete(new CallOutcome(call.Result, TimeSpan.FromTicks(_clock.Ticks - call.AttemptBegan)));
        if (call.Result == CallResult.Success)
        {
            _latencies.Add(TimeSpan.FromTicks(_clock.Ticks - call.Began).TotalMilliseconds);
            server.Busy--;
            if (server.Waiting.TryDequeue(out var next))
            {
                Work(next);
            }
        }
        else if (call.Result == CallResult.Unreachable && (call.Tried?.Count ?? 0) < MaxAttempts - 1)
        {
            // No server has seen it, so it goes elsewhere, as with the clients.
            _again++;
            (call.Tried ??= []).Add(server.Endpoint);
            Attempt(call);
        }
        else
        {
            _lost++;
        }
    }

    private long Exponential(double meanMs) => 1 + (long)(-Math.Log(1 - _random.NextDouble()) * meanMs * TimeSpan.TicksPerMillisecond);

    private double Quantile(double part) => Math.Round(_latencies[(int)(_latencies.Count * part)], 1);
}
