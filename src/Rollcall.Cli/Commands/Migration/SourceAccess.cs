using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rollcall.Consul;

namespace Rollcall.Cli.Commands.Migration;

/// <summary>Whether the token for the source may read what is to be carried: lists leave out what it may not read, without a word.</summary>
internal sealed class SourceAccess(ConsulClient source, Terminal terminal)
{
    private const string AnonymousAccessor = "00000000-0000-0000-0000-000000000002";

    /// <summary>What reading takes, apart from access control: that is refused, not left out.</summary>
    private static readonly (string Part, string Resource, string What)[] s_needs =
    [
        (MigrationPart.Kv, "key", "keys"),
        (MigrationPart.Nodes, "node", "nodes"),
        (MigrationPart.Nodes, "service", "services"),
        (MigrationPart.Config, "service", "config entries"),
        (MigrationPart.Config, "intention", "intentions"),
        (MigrationPart.Queries, "query", "prepared queries"),
    ];

    /// <summary>Tells what is left out; false if something is for sure.</summary>
    public async Task<bool> CheckAsync(IReadOnlySet<string> parts, string prefix, CancellationToken cancellationToken)
    {
        var needs = s_needs.Where(need => parts.Contains(need.Part)).ToList();
        if (needs.Count == 0)
        {
            return true;
        }

        try
        {
            var asked = needs.Select(need => (JsonNode)new JsonObject
            {
                ["Resource"] = need.Resource,
                ["Access"] = "read",
                ["Segment"] = need.Part == MigrationPart.Kv ? prefix : "",
            });
            var answers = await source.Raw.WriteAsync(HttpMethod.Post, ["internal", "acl", "authorize"], new JsonArray([.. asked]), cancellationToken: cancellationToken) as JsonArray ?? [];
            return await TellAsync([.. needs.Zip(answers).Where(static pair => pair.Second?["Allow"]?.GetValueKind() is JsonValueKind.False).Select(static pair => pair.First.What)]);
        }
        catch (ConsulException failure) when (failure.StatusCode is HttpStatusCode.NotFound)
        {
            return await CheckTokenAsync(cancellationToken);
        }
        catch (ConsulException failure) when (failure.StatusCode is not null)
        {
            // Access control is off (401), or the lists are refused for the same reason.
            return true;
        }
    }

    private async Task<bool> TellAsync(IReadOnlyList<string> denied)
    {
        if (denied.Count > 0)
        {
            await terminal.Error.WriteLineAsync(
                $"Access rules at {source.Address} keep {string.Join(", ", denied)} from the token, all or some: what it may not read is left out. "
                + $"Name one that may read them with {MigrateCommand.FromTokenFile}, or say with --only and --prefix what is to be carried.");
        }

        return denied.Count == 0;
    }

    /// <summary>An agent that can't be asked what a token may do says at least what it is.</summary>
    private async Task<bool> CheckTokenAsync(CancellationToken cancellationToken)
    {
        JsonObject? token = null;
        try
        {
            token = (await source.Raw.ReadAsync(["acl", "token", "self"], cancellationToken: cancellationToken)).Value as JsonObject;
        }
        catch (ConsulException failure) when (failure.StatusCode is HttpStatusCode.Forbidden)
        {
            // None was sent, or one that it does not know.
        }
        catch (ConsulException failure) when (failure.StatusCode is not null)
        {
            return true;
        }

        if (token is null || token["AccessorID"]?.ToString() == AnonymousAccessor)
        {
            if (await MayReadAgentAsync(cancellationToken))
            {
                return true;
            }

            await terminal.Error.WriteLineAsync(
                $"Access rules are in force at {source.Address}, and no token was given that it knows: what may not be read without one is left out. Name one with {MigrateCommand.FromTokenFile}.");
            return false;
        }

        if (!AccessHint.IsForManagement(token))
        {
            await terminal.Error.WriteLineAsync($"Access rules are in force at {source.Address}, and the token is not one for management: what it may not read is left out.");
        }

        return true;
    }

    /// <summary>Rules that allow what they don't mention don't keep the agent from anybody.</summary>
    private async Task<bool> MayReadAgentAsync(CancellationToken cancellationToken)
    {
        try
        {
            await source.Agent.SelfAsync(cancellationToken);
            return true;
        }
        catch (ConsulException failure) when (failure.StatusCode is HttpStatusCode.Forbidden)
        {
            return false;
        }
    }
}
