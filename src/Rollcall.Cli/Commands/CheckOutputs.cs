using Rollcall.Consul;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands;

/// <summary>What checks say that the catalog has no words of.</summary>
internal static class CheckOutputs
{
    /// <summary>
    /// An agent tells the catalog at once of a check's change of state, but of a change of its output minutes later; so a check that has failed
    /// from the start has no output there. The agent that is asked knows the outputs of its own checks.
    /// </summary>
    public static async Task<Func<HealthCheck, string>> ReadAsync(
        ConsulClient client, IReadOnlyList<HealthServiceEntry> entries, CancellationToken cancellationToken)
    {
        if (entries.All(static entry => entry.Checks.All(static check => check.Status == CheckStatus.Passing || check.Output.Length > 0)))
        {
            return static _ => "";
        }

        IReadOnlyDictionary<string, HealthCheck> own;
        try
        {
            own = (await client.Agent.ChecksAsync(cancellationToken: cancellationToken)).Value;
        }
        catch (ConsulException)
        {
            // The list is worth showing without; a token may be allowed to read services and not the agent.
            return static _ => "";
        }

        return check => own.TryGetValue(check.CheckId, out var known) && known.Node == check.Node ? known.Output : "";
    }
}
