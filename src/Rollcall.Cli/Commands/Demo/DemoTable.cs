using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rollcall.Cli.Commands.Demo;

/// <summary>The live view of a run, redrawn a few times a second on a terminal.</summary>
internal sealed class DemoTable(Terminal terminal, DemoTally tally, DemoEvents events, string title)
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(250);

    /// <summary>Draws until cancelled, and once more at the end.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Output) });
        return console.Live(Render()).StartAsync(async live =>
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(s_refresh, terminal.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                live.UpdateTarget(Render());
            }
        });
    }

    private Rows Render()
    {
        var calls = tally.Calls;
        var table = new Table { Border = TableBorder.Rounded, Title = new TableTitle(Markup.Escape(title)) };
        table.AddColumns(InstanceRows.Heads);
        foreach (var row in InstanceRows.Of(tally))
        {
            table.AddRow(row.Select(static cell => new Text(cell)));
        }

        var failed = tally.Failed;
        var total = string.Create(
            CultureInfo.InvariantCulture,
            $"{calls} calls ({tally.CallsPerSecond:0}/s), {failed} failed, {tally.Retried} retried, p50 {tally.P50.TotalMilliseconds:0.0} ms, p99 {tally.P99.TotalMilliseconds:0.0} ms");
        return new Rows(
        [
            table,
            new Markup($"[{(failed == 0 ? "green" : "red")}]{Markup.Escape(total)}[/]"),
            .. events.Last.Select(static text => (IRenderable)new Text(text)),
        ]);
    }
}
