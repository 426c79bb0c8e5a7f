using System.Net;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands;

/// <summary>What lists leave out because of access rules they don't mention.</summary>
internal static class AccessHint
{
    /// <summary>Whether rules are in force: what the agent says of itself is refused out loud.</summary>
    public static async Task<bool> AreRulesInForceAsync(ConsulClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.Agent.SelfAsync(cancellationToken);
            return false;
        }
        catch (ConsulException failure)
        {
            return failure.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized;
        }
    }

    /// <summary>Says so to somebody whose list is empty.</summary>
    public static async Task TellAsync(ConsulClient client, Terminal terminal, CancellationToken cancellationToken)
    {
        if (await AreRulesInForceAsync(client, cancellationToken))
        {
            await terminal.Error.WriteLineAsync(
                $"Access rules are in force at {client.Address}: what may not be read is left out. Set CONSUL_HTTP_TOKEN (or --token-file) to a token that may read it.");
        }
    }
}
