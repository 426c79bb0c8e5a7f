using System.Net;
using System.Text.Json.Nodes;
using Rollcall.Consul;
using Rollcall.Errors;

namespace Rollcall.Cli.Commands;

/// <summary>What lists leave out because of access rules they don't mention.</summary>
internal static class AccessHint
{
    // The policy that every Consul has: it allows everything, whatever rules there are.
    private const string ManagementPolicy = "00000000-0000-0000-0000-000000000001";

    /// <summary>Whether a token, as <c>acl/token/self</c> tells it, may do everything.</summary>
    public static bool IsForManagement(JsonNode? token) =>
        token?["Policies"] is JsonArray policies && policies.Any(static policy => policy?["ID"]?.ToString() == ManagementPolicy);

    /// <summary>Whether rules are in force that may hide something from this token.</summary>
    public static async Task<bool> AreRulesInForceAsync(ConsulClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.Agent.SelfAsync(cancellationToken);
        }
        catch (ConsulException failure)
        {
            return failure.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized;
        }

        // Who may read that may see no service all the same.
        try
        {
            return !IsForManagement((await client.Raw.ReadAsync(["acl", "token", "self"], cancellationToken: cancellationToken)).Value);
        }
        catch (ConsulException failure)
        {
            // Of one that is no token of the rules. Where there are none, this is Unauthorized.
            return failure.StatusCode is HttpStatusCode.Forbidden;
        }
    }

    /// <summary>Says so to somebody whose list is empty.</summary>
    public static async Task TellAsync(ConsulClient client, Terminal terminal, CancellationToken cancellationToken)
    {
        if (await AreRulesInForceAsync(client, cancellationToken))
        {
            await terminal.Error.WriteLineAsync(
                $"Access rules are in force at {client.Address}: what may not be read is left out. {TokenAdvice.Of(null, "that may read it", client.TokenOrigin)}");
        }
    }
}
