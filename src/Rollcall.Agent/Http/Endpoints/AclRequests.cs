using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>What the endpoints of tokens, policies and roles have in common.</summary>
internal sealed class AclRequests(AgentCore core)
{
    private const string Disabled = "ACL support disabled";

    /// <summary>The handler for when there are access rules; without them there is nothing to ask.</summary>
    public static Func<AgentRequest, ValueTask> Guard(Func<AgentRequest, ValueTask> handler) =>
        request => request.Acl.IsEnabled ? handler(request) : request.TextAsync(StatusCodes.Status401Unauthorized, Disabled);

    /// <summary>The state to answer a read from, once it is allowed and new enough. Null: the request has been answered.</summary>
    public async ValueTask<StoreRoot?> ReadAsync(AgentRequest request, Topic topic, Func<StoreRoot, string, ulong> index, bool demands = true)
    {
        if (QueryOptions.Parse(request, out var options) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return null;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await request.CatalogErrorAsync(AgentCore.NoPath).ConfigureAwait(false);
            return null;
        }

        if (demands)
        {
            request.Demand(AclResource.Acl, "", AclAccess.Read);
        }

        return await core.Blocking.WaitAsync(options, topic, index, "", request).ConfigureAwait(false);
    }

    /// <summary>Decodes the body of a write. False: the request has been answered.</summary>
    public static async ValueTask<bool> DecodeAsync<T>(AgentRequest request, string what, GoStruct<T> type, T target)
    {
        var fault = await RequestBody.DecodeAsync(request, type, target).ConfigureAwait(false);
        if (fault is not null)
        {
            await BadAsync(request, $"{what} decoding failed: {fault}").ConfigureAwait(false);
        }

        return fault is null;
    }

    /// <summary>Takes a policy or a role away; one that is not there is no error.</summary>
    /// <param name="request">Its tail is the id.</param>
    /// <param name="kind">Which of both, for messages.</param>
    /// <param name="delete">The command.</param>
    /// <param name="refusal">What keeps one of them, by its id; null: nothing.</param>
    public async ValueTask DeleteAsync(AgentRequest request, string kind, Func<string, Command<bool>> delete, Func<string, string?>? refusal = null)
    {
        if (request.Tail.Length == 0)
        {
            await BadAsync(request, $"Missing {kind} ID").ConfigureAwait(false);
            return;
        }

        DemandWrite(request);
        if ((AclNames.IdFault(kind, request.Tail) ?? refusal?.Invoke(request.Tail)) is { } fault)
        {
            await FailAsync(request, fault).ConfigureAwait(false);
            return;
        }

        await core.Store.ApplyAsync(delete(request.Tail.ToLowerInvariant())).ConfigureAwait(false);
        await request.JsonAsync(true).ConfigureAwait(false);
    }

    /// <summary>Ends a write that may not be. Writes take no notice of another datacenter.</summary>
    public static void DemandWrite(AgentRequest request) => request.Demand(AclResource.Acl, "", AclAccess.Write);

    public static ValueTask BadAsync(AgentRequest request, string fault) => request.TextAsync(StatusCodes.Status400BadRequest, $"Bad request: {fault}");

    public static ValueTask FailAsync(AgentRequest request, string fault) => request.TextAsync(StatusCodes.Status500InternalServerError, fault);

    /// <summary>Whatever is not there is answered like this, with the index of what was looked through.</summary>
    public static ValueTask NotFoundAsync(AgentRequest request) => request.TextAsync(StatusCodes.Status403Forbidden, AclDeniedException.NotFound);

    public static ValueTask ListAsync<T>(AgentRequest request, IEnumerable<T> items, Action<Utf8JsonWriter, T> write) => request.JsonAsync((items, write), static (json, state) =>
    {
        json.WriteStartArray();
        foreach (var item in state.items)
        {
            state.write(json, item);
        }

        json.WriteEndArray();
    });
}
