using System.Globalization;
using Grpc.Core;
using Rollcall.Cli.Commands.Demo.Protocol;
using Rollcall.Cli.Output;
using Rollcall.Discovery.Consul;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>One run of the demo: instances, steady calls, a kill half-way, a replacement, a summary.</summary>
internal sealed class DemoRun(DemoSettings settings, Terminal terminal)
{
    /// <summary>How much longer than asked a run may take, so that a slow machine still sees its replacement answer.</summary>
    private static readonly TimeSpan s_overtime = TimeSpan.FromSeconds(20);

    private readonly DemoTally _tally = new(terminal.Time);

    private bool Live => terminal.IsInteractive && !settings.Json;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var events = new DemoEvents(terminal.Time, Live ? null : settings.Json ? terminal.Error : terminal.Output);
        using var drawing = new CancellationTokenSource();
        var table = Live
            ? new DemoTable(terminal, _tally, events, $"rollcall demo: {settings.Instances} instances, {settings.Policy}").RunAsync(drawing.Token)
            : Task.CompletedTask;
        var interrupted = false;
        try
        {
            await RunAsync(events, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            interrupted = true;
        }
        finally
        {
            await drawing.CancelAsync();
            await table;
        }

        var summary = DemoSummary.Of(_tally, settings.Instances);
        await PrintAsync(summary);
        if (interrupted)
        {
            throw new CommandFailure("Interrupted before the end; all instances are stopped.");
        }

        return summary.Failed == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private async Task RunAsync(DemoEvents events, CancellationToken cancellationToken)
    {
        await using var registry = await DemoRegistry.OpenAsync(settings, terminal, events, cancellationToken);
        await using var fleet = new DemoFleet(registry, _tally, events, terminal.Time);
        await fleet.StartAsync(settings.Instances, cancellationToken);
        var target = $"consul:///{DemoInstanceCommand.ServiceName}?tag={registry.Tag}";
        await using var lookup = registry.OpenLookup(target);
        using var channel = OpenChannel(target, lookup);
        using var stop = new CancellationTokenSource();
        _tally.MarkStarted();
        var load = new DemoLoad(new HelloService.HelloServiceClient(channel), _tally, events, terminal.Time).RunAsync(stop.Token);
        await events.AddAsync($"{DemoLoad.Concurrency} callers call {channel.Target}.");
        if (registry.CommandOptions(terminal) is { Length: > 0 } options)
        {
            await events.AddAsync($$"""Call it yourself: rollcall call {{DemoInstanceCommand.ServiceName}} hello.HelloService/SayHello '{"name":"Yu"}'{{options}}""");
        }

        try
        {
            await Task.Delay(settings.Duration / 2, terminal.Time, cancellationToken);
            _tally.MarkKilled(fleet.NextId);
            await fleet.KillOneAsync();
            var rest = Task.Delay(settings.Duration / 2, terminal.Time, cancellationToken);
            await fleet.ReplaceAsync(cancellationToken);
            await WaitForReplacementAsync(rest, events, cancellationToken);
            await rest;
        }
        finally
        {
            // Before the instances go: what is under way is finished by those that it is under way on.
            await stop.CancelAsync();
            await load;
        }
    }

    private GrpcChannel OpenChannel(string target, DirectoryLease lookup)
    {
        var method = new MethodConfig
        {
            Names = { MethodName.Default },

            // SayHello changes nothing, so a call whose instance died may be made again although nobody knows whether it arrived.
            RetryPolicy = new RetryPolicy
            {
                MaxAttempts = 5,
                InitialBackoff = TimeSpan.FromMilliseconds(10),
                MaxBackoff = TimeSpan.FromMilliseconds(200),
                BackoffMultiplier = 2,
                RetryableStatusCodes = { StatusCode.Unavailable },
            },
        };
        var options = new GrpcChannelOptions
        {
            ServiceConfig = new ServiceConfig { MethodConfigs = { method } },
            Policy = settings.Policy,
            TimeProvider = terminal.Time,
            OnAttempt = attempt =>
            {
                if (attempt.Fate is not AttemptFate.Final)
                {
                    _tally.RecordRetry();
                }
            },
        };
        NameLookup.Use(lookup, target, options);
        return GrpcChannel.ForAddress(target, options);
    }

    private async Task WaitForReplacementAsync(Task rest, DemoEvents events, CancellationToken cancellationToken)
    {
        await Task.WhenAny(_tally.ReplacementAnswered, rest);
        if (settings.Policy == LoadBalancingConfig.PickFirstPolicyName && !_tally.ReplacementAnswered.IsCompleted)
        {
            await events.AddAsync("The replacement was not called: pick_first stays with the instance that it has.");
            return;
        }

        try
        {
            await _tally.ReplacementAnswered.WaitAsync(s_overtime, terminal.Time, cancellationToken);
        }
        catch (TimeoutException failure)
        {
            throw new CommandFailure(
                $"The replacement had not answered {s_overtime.TotalSeconds:0} s after the end of the run. Is it passing? "
                + "Run the demo with --consul against an agent of your own and look at it with 'rollcall instances demo'.",
                ExitCode.Failure,
                failure);
        }

        await events.AddAsync(Text($"The replacement answered its first call {_tally.Recovered!.Value.TotalMilliseconds:0} ms after the kill."));
    }

    private async Task PrintAsync(DemoSummary summary)
    {
        if (settings.Json)
        {
            await JsonText.WriteLineAsync(terminal.Output, summary, CliJsonContext.Default.DemoSummary);
            return;
        }

        if (summary.Calls == 0)
        {
            return;
        }

        await terminal.Output.WriteLineAsync();

        // On a terminal the last state of the table stays where it is.
        if (!Live)
        {
            var columns = new Columns(InstanceRows.Heads);
            foreach (var row in InstanceRows.Of(_tally))
            {
                columns.Add(row);
            }

            await columns.WriteAsync(terminal.Output);
            await terminal.Output.WriteLineAsync();
        }

        await terminal.Output.WriteLineAsync(Text(
            $"{summary.Calls} calls, {summary.Failed} failed, {summary.Retried} retried; p50 {summary.P50Ms} ms, p99 {summary.P99Ms} ms."));
        if (summary.RecoveredMs is { } recovered)
        {
            var verdict = summary.Failed == 0 ? ", and no call failed" : "";
            await terminal.Output.WriteLineAsync(Text($"One instance was killed{verdict}; its replacement answered {recovered} ms later."));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
