using System.Globalization;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>The instances of a run. Used by one task at a time; disposing it ends all of them and leaves nothing in the registry.</summary>
internal sealed class DemoFleet(DemoRegistry registry, DemoTally tally, DemoEvents events, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(30);
    private readonly List<InstanceProcess> _running = [];
    private readonly List<InstanceProcess> _killed = [];
    private int _started;

    /// <summary>Starts instances side by side and returns when each listens and the registry says that it may be called.</summary>
    public async Task StartAsync(int count, CancellationToken cancellationToken)
    {
        var started = new List<InstanceProcess>();
        for (var i = 0; i < count; i++)
        {
            started.Add(Start());
        }

        await Task.WhenAll(started.Select(instance => ReportReadyAsync(instance, cancellationToken)));
        await WaitPassingAsync([.. started.Select(static instance => instance.Id)], cancellationToken);
    }

    /// <summary>The id that the next instance will have.</summary>
    public string NextId => IdOf(_started + 1);

    /// <summary>Kills the instance that has run longest, without a word to it or to the registry.</summary>
    public async Task KillOneAsync()
    {
        var victim = _running[0];
        _running.RemoveAt(0);
        _killed.Add(victim);
        victim.Kill();
        tally.MarkState(victim.Id, InstanceState.Killed);
        await events.AddAsync($"Killed {victim.Id} (process {victim.ProcessId}, SIGKILL).");
    }

    /// <summary>Starts one instance and returns when it listens.</summary>
    public Task ReplaceAsync(CancellationToken cancellationToken) => ReportReadyAsync(Start(), cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_running.Concat(_killed).Select(static instance => instance.DisposeAsync().AsTask()));
        try
        {
            // The dead cannot deregister themselves, and a registry that is not ours should not have to wait for its own cleanup.
            foreach (var instance in _killed)
            {
                await registry.Client.Agent.DeregisterAsync(instance.Id);
            }
        }
        catch (ConsulException failure)
        {
            await events.AddAsync($"A killed instance is still registered: {failure.Message}");
        }
    }

    private InstanceProcess Start()
    {
        var instance = InstanceProcess.Start(IdOf(++_started), registry.Tag, registry, time);
        _running.Add(instance);
        tally.Expect(instance.Id);
        return instance;
    }

    private string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{DemoInstanceCommand.ServiceName}-{number}{registry.IdSuffix}");

    private async Task ReportReadyAsync(InstanceProcess instance, CancellationToken cancellationToken)
    {
        var address = await instance.WaitReadyAsync(s_startTimeout, cancellationToken);
        tally.MarkState(instance.Id, InstanceState.Up);
        await events.AddAsync($"{instance.Id} listens on {address} (process {instance.ProcessId}).");
    }

    private async Task WaitPassingAsync(HashSet<string> ids, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, s_startTimeout, Timeout.InfiniteTimeSpan);
        var query = new InstanceQuery { PassingOnly = true, Tags = [registry.Tag] };
        try
        {
            await foreach (var answer in registry.Client.Health.WatchServiceAsync(DemoInstanceCommand.ServiceName, query, limit.Token))
            {
                if (ids.IsSubsetOf(answer.Value.Select(static entry => entry.Service.Id)))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailure(
                $"The instances were not passing in the registry within {s_startTimeout.TotalSeconds:0} s. "
                + $"See 'rollcall instances {DemoInstanceCommand.ServiceName} --http-addr {registry.Client.Address}' for what the registry knows of them.");
        }
    }
}
