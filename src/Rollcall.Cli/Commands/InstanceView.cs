using Rollcall.Cli.Commands.Explain;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands;

/// <summary>How one instance is shown to people. Compares by everything shown, so that only visible changes are reported.</summary>
internal sealed record InstanceView(string Id, string Address, string Node, string Status, string Tags, string Why)
{
    private const int MaxWhy = 100;

    /// <summary>The view of an instance as the catalog has it.</summary>
    public static InstanceView Of(HealthServiceEntry entry) => Of(entry, static _ => "");

    /// <summary>The view of an instance.</summary>
    /// <param name="entry">As the catalog has it.</param>
    /// <param name="outputOf">Asked for the output of a check that has none in the catalog.</param>
    public static InstanceView Of(HealthServiceEntry entry, Func<HealthCheck, string> outputOf)
    {
        var worst = entry.Checks.MaxBy(static check => Severity(check.Status));
        var status = worst is null ? CheckStatus.Passing : worst.Status;
        return new InstanceView(
            entry.Service.Id,
            RegisteredInstance.Of(entry).Authority,
            entry.Node.Node,
            status,
            string.Join(',', entry.Service.Tags ?? []),
            worst is null or { Status: CheckStatus.Passing } ? "" : OneLine($"{worst.CheckId}: {Reason(worst, outputOf)}"));
    }

    private static string Reason(HealthCheck check, Func<HealthCheck, string> outputOf)
    {
        // Maintenance is not checked: its reason is in the notes.
        var output = IsMaintenance(check) ? check.Notes : check.Output.Length > 0 ? check.Output : outputOf(check);
        return output.Length > 0 ? output : "no output yet";
    }

    private static bool IsMaintenance(HealthCheck check) =>
        check.CheckId == "_node_maintenance" || check.CheckId.StartsWith("_service_maintenance:", StringComparison.Ordinal);

    private static int Severity(string status) => status switch
    {
        CheckStatus.Passing => 0,
        CheckStatus.Warning => 1,
        _ => 2,
    };

    private static string OneLine(string text)
    {
        text = text.ReplaceLineEndings(" ").TrimEnd();
        return text.Length <= MaxWhy ? text : string.Concat(text.AsSpan(0, MaxWhy - 1), "…");
    }
}
