using System.Globalization;

namespace Rollcall.Agent.Go;

/// <summary>Several faults in one text, in the form that Consul has from one of its libraries.</summary>
internal static class GoErrors
{
    /// <summary>Null: there are none.</summary>
    public static string? Join(IReadOnlyCollection<string> faults) => faults.Count == 0 ? null : string.Create(
        CultureInfo.InvariantCulture, $"{faults.Count} {(faults.Count == 1 ? "error" : "errors")} occurred:\n{string.Concat(faults.Select(static line => $"\t* {line}\n"))}\n");
}
