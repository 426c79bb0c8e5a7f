using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>What the endpoints of tokens, policies and the like have in common.</summary>
internal sealed class AclRequests(AgentCore core)
{
    /// <summary>What a record is named by that has no better name.</summary>
    public const string Id = "ID";

    private const string Disabled = "ACL support disabled";

    /// <summary>The handler for when there are access rules; without them there is nothing to ask.</summary>
    public static Func<AgentRequest, ValueTask> Guard(Func<AgentRequest, ValueTask> handler) =>
        request => request.Acl.IsEnabled ? handler(request) : request.TextAsync(StatusCodes.Status401Unauthorized, Disabled);

    /// <summary>The same for what lies in a namespace where there are some. But for a PUT, that a path lacks its name is told before.</summary>
    public static Func<AgentRequest, ValueTask> GuardNamespaced(Func<AgentRequest, ValueTask> handler) => Guard(request =>
        (!request.Path.EndsWith('/') || HttpMethods.IsPut(request.Context.Request.Method)) && QueryOptions.NamespaceFault(request.Query) is { } fault
            ? request.TextAsync(StatusCodes.Status400BadRequest, fault)
            : handler(request));

    /// <summary>The state to answer a read from, once it is allowed and new enough. Null: the request has been answered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="kind">What it asks for.</param>
    /// <param name="need">What it has to be allowed; null: nothing.</param>
    /// <param name="anywhere">Whether the name of another datacenter is passed over.</param>
    public async ValueTask<StoreRoot?> ReadAsync<T>(AgentRequest request, AclKind<T> kind, AclAccess? need = AclAccess.Read, bool anywhere = false)
        where T : AclRecord
    {
        if (QueryOptions.Parse(request, out var options) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return null;
        }

        if (!anywhere && core.IsOtherDatacenter(request.Query["dc"]))
        {
            await request.CatalogErrorAsync(AgentCore.NoPath).ConfigureAwait(false);
            return null;
        }

        if (need is { } access)
        {
            request.Demand(AclResource.Acl, "", access);
        }

        return await core.Blocking.WaitAsync(options, kind.Topic, (root, _) => kind.Rows(root.Acl).Index, "", request).ConfigureAwait(false);
    }

    /// <summary>Answers with the records of a kind.</summary>
    /// <param name="request">The request.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="selects">Which of them.</param>
    /// <param name="write">How each is shown.</param>
    public async ValueTask ListAsync<T>(AgentRequest request, AclKind<T> kind, Func<T, bool> selects, Action<Utf8JsonWriter, AclState, T> write)
        where T : AclRecord
    {
        if (await ReadAsync(request, kind).ConfigureAwait(false) is { } root)
        {
            request.SetIndex(kind.Rows(root.Acl).Index);
            await ListAsync(request, kind.Rows(root.Acl).Rows.Values.Where(selects), (json, record) => write(json, root.Acl, record)).ConfigureAwait(false);
        }
    }

    /// <summary>Answers with one record, which the tail of the path names.</summary>
    /// <param name="request">The request.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="by">What names it, for messages; <c>ID</c> if that is an id.</param>
    /// <param name="find">Finds it.</param>
    /// <param name="write">How it is shown.</param>
    /// <param name="missing">How it is told that there is none.</param>
    public async ValueTask ShowAsync<T>(
        AgentRequest request,
        AclKind<T> kind,
        string by,
        Func<AclState, string, T?> find,
        Action<Utf8JsonWriter, AclState, T> write,
        Func<AgentRequest, ulong, ValueTask> missing)
        where T : AclRecord
    {
        if (await IsUnnamedAsync(request, kind, by).ConfigureAwait(false))
        {
            return;
        }

        if (await ReadAsync(request, kind).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        if (by == Id && AclNames.IdFault(kind.Name, request.Tail) is { } fault)
        {
            await request.CatalogErrorAsync(fault).ConfigureAwait(false);
            return;
        }

        if (find(root.Acl, request.Tail) is not { } record)
        {
            await missing(request, kind.Rows(root.Acl).Index).ConfigureAwait(false);
            return;
        }

        request.SetIndex(kind.Rows(root.Acl).Index);
        await request.JsonAsync((root.Acl, record, write), static (json, state) => state.write(json, state.Acl, state.record)).ConfigureAwait(false);
    }

    /// <summary>Stores a record in which no fault was found, and answers.</summary>
    /// <param name="request">The request.</param>
    /// <param name="command">Stores it.</param>
    /// <param name="fault">What is wrong; null: nothing.</param>
    /// <param name="write">How it is shown.</param>
    public async ValueTask SaveAsync<T>(AgentRequest request, Command<(T? Record, string? Fault)> command, string? fault, Action<Utf8JsonWriter, AclState, T> write)
        where T : AclRecord
    {
        T? kept = null;
        if (fault is null)
        {
            (kept, fault) = await core.Store.ApplyAsync(command).ConfigureAwait(false);
        }

        ValueTask Answer() => kept is null
            ? FailAsync(request, fault!)
            : request.JsonAsync((core.Store.Root.Acl, kept, write), static (json, state) => state.write(json, state.Acl, state.kept));
        await Answer().ConfigureAwait(false);
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

    /// <summary>Takes a record away; one that is not there is no error.</summary>
    /// <param name="request">Its tail is the id.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="refusal">What keeps one of them, by its id; null: nothing.</param>
    public async ValueTask DeleteAsync<T>(AgentRequest request, AclKind<T> kind, Func<string, string?>? refusal = null)
        where T : AclRecord
    {
        if (await IsUnnamedAsync(request, kind).ConfigureAwait(false))
        {
            return;
        }

        DemandWrite(request);
        if ((AclNames.IdFault(kind.Name, request.Tail) ?? refusal?.Invoke(request.Tail)) is { } fault)
        {
            await FailAsync(request, fault).ConfigureAwait(false);
            return;
        }

        await core.Store.ApplyAsync(new DeleteAcl<T>(kind, request.Tail.ToLowerInvariant())).ConfigureAwait(false);
        await request.JsonAsync(true).ConfigureAwait(false);
    }

    /// <summary>Whether the path says which record is meant. True: it does not, which has been answered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="kind">What it is about.</param>
    /// <param name="by">What names it, for the message.</param>
    public static async ValueTask<bool> IsUnnamedAsync<T>(AgentRequest request, AclKind<T> kind, string by = Id)
        where T : AclRecord
    {
        if (request.Tail.Length > 0)
        {
            return false;
        }

        await BadAsync(request, $"Missing {kind.Name} {by}").ConfigureAwait(false);
        return true;
    }

    /// <summary>Ends a write that may not be. Writes take no notice of another datacenter.</summary>
    public static void DemandWrite(AgentRequest request) => request.Demand(AclResource.Acl, "", AclAccess.Write);

    public static ValueTask BadAsync(AgentRequest request, string fault) => request.TextAsync(StatusCodes.Status400BadRequest, $"Bad request: {fault}");

    public static ValueTask FailAsync(AgentRequest request, string fault) => request.TextAsync(StatusCodes.Status500InternalServerError, fault);

    /// <summary>Whatever is not there is answered like this.</summary>
    public static ValueTask NotFoundAsync(AgentRequest request) => request.TextAsync(StatusCodes.Status403Forbidden, AclDeniedException.NotFound);

    /// <summary>The same at an index.</summary>
    public static ValueTask NotFoundAsync(AgentRequest request, ulong index)
    {
        request.SetIndex(index);
        return NotFoundAsync(request);
    }

    /// <summary>The same for what came later: 404, without an index.</summary>
    public static ValueTask AbsentAsync(AgentRequest request)
    {
        request.Context.Response.StatusCode = StatusCodes.Status404NotFound;
        return ValueTask.CompletedTask;
    }

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
