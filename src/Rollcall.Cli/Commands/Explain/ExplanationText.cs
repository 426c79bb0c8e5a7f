using System.Globalization;
using Rollcall.Cli.Commands.Explain.Callers;
using Rollcall.Cli.Output;

namespace Rollcall.Cli.Commands.Explain;

/// <summary>Prints an explanation for people: the verdict, a line for each instance, what to do.</summary>
internal static class ExplanationText
{
    private const int MaxRows = 100;
    private const int MaxNamed = 5;

    public static async Task WriteAsync(TextWriter output, Explanation explanation)
    {
        await output.WriteLineAsync(PeerText.OneLine(explanation.Verdict));
        if (explanation.Instances.Count > 0)
        {
            await output.WriteLineAsync();
            await WriteInstancesAsync(output, explanation.Instances);
        }

        // That nothing is registered is the verdict already.
        await WriteFindingsAsync(output, explanation.Findings.Where(static f => f.Code != FindingCode.NotRegistered));

        await WriteCallerAsync(output, explanation.Caller);
        await WriteAdviceAsync(output, explanation);
        await output.WriteLineAsync();
        await output.WriteLineAsync($"Asked {explanation.Source} for {explanation.Target}{(explanation.Instances.Any(static i => i.IsReachable is not null) ? "; connections were tried from this machine" : "")}.");
    }

    private static async Task WriteFindingsAsync(TextWriter output, IEnumerable<Finding> findings)
    {
        foreach (var finding in findings)
        {
            await output.WriteLineAsync();
            await output.WriteLineAsync(PeerText.OneLine($"{char.ToUpperInvariant(finding.Text[0])}{finding.Text[1..].TrimEnd('.')}."));
        }
    }

    private static async Task WriteCallerAsync(TextWriter output, CallerExplanation? caller)
    {
        if (caller is null)
        {
            return;
        }

        if (caller.Uses.Count > 0)
        {
            await output.WriteLineAsync();
            await output.WriteLineAsync(PeerText.OneLine($"The caller: {caller.Application ?? "an application"}, process {caller.ProcessId} on {caller.Machine}"));
        }

        foreach (var use in caller.Uses)
        {
            var failure = use is { LastError: { } error, LastErrorSince: { } since }
                ? string.Create(CultureInfo.InvariantCulture, $" (last failure from {since.UtcDateTime:HH:mm:ss'Z'} on{(use.IsFailing ? "" : ", over by now")}: {error})")
                : "";
            var restarts = use.WatchRestarts == 0 ? "" : $", its watch started again {use.WatchRestarts} {(use.WatchRestarts == 1 ? "time" : "times")}{failure}";
            await output.WriteLineAsync(PeerText.OneLine(
                $"- {use.Query}: {use.Freshness ?? "no list"}{restarts}; {use.Policy} by {use.PolicyOrigin ?? "its own options"}; further attempts: {use.Moved} moved, {use.Retried} retried, {use.Hedged} hedged"));
        }

        await WriteFindingsAsync(output, caller.Findings);
    }

    private static async Task WriteInstancesAsync(TextWriter output, IReadOnlyList<InstanceExplanation> instances)
    {
        var withCaller = instances.Any(static i => i.Caller is { Count: > 0 });
        string[] ofCaller = withCaller ? ["Caller"] : [];
        var columns = new Columns(["Called", .. ofCaller, "ID", "Address", "Node", "Why"]);

        // What is wrong first: who has hundreds of instances looks for the few that matter.
        foreach (var instance in instances.OrderByDescending(static i => i.Findings.Any(static f => f.IsFault)).ThenBy(static i => i.Id, StringComparer.Ordinal).Take(MaxRows))
        {
            ofCaller = withCaller ? [string.Join(", ", instance.Caller!.Select(static use => use.IsPicked ? "yes" : "no"))] : [];
            string[] told = [instance.Id, instance.Address, instance.Node, Why(instance)];
            columns.Add([instance.IsCalled ? "yes" : "no", .. ofCaller, .. told]);
        }

        await columns.WriteAsync(output);
        if (instances.Count > MaxRows)
        {
            await output.WriteLineAsync($"… and {instances.Count - MaxRows} more, of which none has a fault that is not shown; --json has all.");
        }
    }

    private static string Why(InstanceExplanation instance)
    {
        var connection = instance.IsReachable switch
        {
            true => "accepts connections",
            false when instance.Findings.All(static f => f.Code != FindingCode.Unreachable) => "does not accept connections from here",
            _ => null,
        };
        var parts = instance.Findings.Select(static f => f.Text).Append(connection).OfType<string>();
        return string.Join("; ", instance.Findings.Count == 0 ? parts.Prepend(instance.Status) : parts);
    }

    private static async Task WriteAdviceAsync(TextWriter output, Explanation explanation)
    {
        var advice = explanation.Findings.Concat(explanation.Caller?.Findings ?? []).Select(static f => (Id: (string?)null, f.Advice))
            .Concat(explanation.Instances.SelectMany(static i => i.Findings, static (i, f) => (Id: (string?)i.Id, f.Advice)))
            .Where(static a => a.Advice is not null)
            .GroupBy(static a => a.Advice!, static a => a.Id)
            .ToList();
        if (advice.Count == 0)
        {
            return;
        }

        await output.WriteLineAsync();
        await output.WriteLineAsync("What to do");
        foreach (var group in advice)
        {
            string[] ids = [.. group.OfType<string>().Distinct()];
            var whom = ids.Length == 0 ? "" : $"{string.Join(", ", ids.Take(MaxNamed))}{(ids.Length > MaxNamed ? $" and {ids.Length - MaxNamed} more" : "")}: ";
            await output.WriteLineAsync(PeerText.OneLine($"- {whom}{group.Key}"));
        }
    }
}
