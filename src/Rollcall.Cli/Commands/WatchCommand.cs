using System.CommandLine;
using System.Globalization;
using Rollcall.Cli.Output;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands;

/// <summary><c>rollcall watch NAME</c>: prints what changes among the instances of a service, until it is ended.</summary>
internal static class WatchCommand
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    public static Command Create(Terminal terminal)
    {
        var command = new Command("watch", "Print the changes of a service's instances as they come. Ends with Ctrl+C.");
        var instances = new InstanceOptions(command, "The service; it need not exist yet.");
        var json = CommonOptions.Json();
        command.Options.Add(json);
        var connection = new ConsulConnection(command, terminal);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (service, query) = instances.Read(parsed);
            using var client = connection.Open(parsed);
            var printer = new Printer(terminal, parsed.GetValue(json));
            try
            {
                await WatchAsync(client, service, query, terminal, printer, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Ctrl+C is how it ends.
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static async Task WatchAsync(
        ConsulClient client, string service, InstanceQuery query, Terminal terminal, Printer printer, CancellationToken cancellationToken)
    {
        var connected = false;

        // A token that gets its rights is seen, too; the printer tells only what has changed.
        query = query with { EveryAnswer = true };
        var pause = s_firstPause;
        while (true)
        {
            try
            {
                await foreach (var answer in client.Health.WatchServiceAsync(service, query, cancellationToken))
                {
                    if (pause > s_firstPause)
                    {
                        await terminal.Error.WriteLineAsync("Connected again.");
                        pause = s_firstPause;
                    }

                    await printer.PrintAsync(answer.Value.Select(InstanceView.Of));
                    if (!connected && answer.Value.Count == 0)
                    {
                        await AccessHint.TellAsync(client, terminal, cancellationToken);
                    }

                    connected = true;
                }
            }
            catch (ConsulException failure) when (connected)
            {
                // Once it ran, an outage is something to watch through; the first failure is more likely a wrong address.
                await terminal.Error.WriteLineAsync(PeerText.OneLine($"{failure.Message} Trying again in {pause.TotalSeconds:0} s."));
                await Task.Delay(pause * (0.75 + (Random.Shared.NextDouble() / 2)), terminal.Time, cancellationToken);
                pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            }
        }
    }

    private sealed class Printer(Terminal terminal, bool json)
    {
        private Dictionary<string, InstanceView> _shown = [];
        private bool _started;

        public async Task PrintAsync(IEnumerable<InstanceView> instances)
        {
            // Two nodes may carry the same id.
            var now = new Dictionary<string, InstanceView>(StringComparer.Ordinal);
            foreach (var instance in instances.OrderBy(static instance => instance.Id, StringComparer.Ordinal))
            {
                now[$"{instance.Node}/{instance.Id}"] = instance;
            }

            foreach (var (key, instance) in now)
            {
                if (!_shown.TryGetValue(key, out var before))
                {
                    await PrintAsync("added", '+', instance, "");
                }
                else if (before != instance)
                {
                    await PrintAsync("changed", '~', instance, before.Status == instance.Status ? "" : $" (was {before.Status})");
                }
            }

            foreach (var (key, instance) in _shown)
            {
                if (!now.ContainsKey(key))
                {
                    await PrintAsync("removed", '-', instance, "");
                }
            }

            if (!_started && now.Count == 0 && !json)
            {
                await terminal.Output.WriteLineAsync("No instance yet; waiting.");
            }

            _started = true;
            _shown = now;
        }

        private Task PrintAsync(string change, char mark, InstanceView view, string before)
        {
            var time = terminal.Time.GetLocalNow();
            if (json)
            {
                return JsonText.WriteLineAsync(
                    terminal.Output,
                    new InstanceChange(time, change, view.Id, view.Address, view.Status, view.Why),
                    CliJsonContext.Default.InstanceChange);
            }

            var why = view.Why.Length == 0 ? "" : $"  {view.Why}";
            return terminal.Output.WriteLineAsync(PeerText.OneLine(
                string.Create(CultureInfo.InvariantCulture, $"{time:HH:mm:ss.fff} {mark} {view.Id}  {view.Address}  {view.Status}{before}{why}")));
        }
    }
}
