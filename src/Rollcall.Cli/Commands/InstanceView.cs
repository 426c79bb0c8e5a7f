using System.Globalization;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands;

/// <summary>How one instance is shown to people. Compares by everything shown, so that only visible changes are reported.</summary>
internal sealed record InstanceView(string Id, string Address, string Node, string Status, string Tags, string Why)
{
    private const int MaxWhy = 100;

    public static InstanceView Of(HealthServiceEntry entry)
    {
        var worst = entry.Checks.MaxBy(static check => Severity(check.Status));
        var status = worst is null ? CheckStatus.Passing : worst.Status;
        var host = entry.Service.Address.Length > 0 ? entry.Service.Address : entry.Node.Address;
        if (host.Contains(':', StringComparison.Ordinal))
        {
            host = $"[{host}]";
        }

        return new InstanceView(
            entry.Service.Id,
            string.Create(CultureInfo.InvariantCulture, $"{host}:{entry.Service.Port}"),
            entry.Node.Node,
            status,
            string.Join(',', entry.Service.Tags ?? []),
            worst is null or { Status: CheckStatus.Passing } ? "" : OneLine(worst.Output.Length == 0 ? worst.CheckId : $"{worst.CheckId}: {worst.Output}"));
    }

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
