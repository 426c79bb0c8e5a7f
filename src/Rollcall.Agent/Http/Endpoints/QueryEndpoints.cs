using System.Globalization;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Queries;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>query…</c>: prepared queries.</summary>
internal sealed class QueryEndpoints(AgentCore core)
{
    private const string Run = "/execute";
    private const string Explain = "/explain";
    private const string Redacted = "<hidden>";

    private readonly CatalogRead _read = new(core);
    private readonly QueryExecutor _executor = new(core.Identity.NodeName, Random.Shared);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/query", ("GET", ListAsync), ("POST", CreateAsync));

        // What lies below tells itself which methods it knows: that depends on the end of the path.
        routes.Add(
            "/v1/query/",
            ("GET", BelowAsync), ("PUT", BelowAsync), ("DELETE", BelowAsync), ("POST", BelowAsync), ("PATCH", BelowAsync), ("OPTIONS", BelowAsync), ("HEAD", BelowAsync));
    }

    private ValueTask BelowAsync(AgentRequest request)
    {
        var method = request.Context.Request.Method;
        var (run, explain) = ($"/{request.Tail}".EndsWith(Run, StringComparison.Ordinal), $"/{request.Tail}".EndsWith(Explain, StringComparison.Ordinal));
        var allowed = run || explain ? "GET" : "GET,PUT,DELETE";
        if (method == "OPTIONS")
        {
            request.Context.Response.Headers.Allow = $"OPTIONS,{allowed}";
            return request.JsonAsync(0, static (json, _) =>
            {
                json.WriteStartObject();
                json.WriteEndObject();
            });
        }

        switch (method)
        {
            case "GET" when run:
                return ExecuteAsync(request);
            case "GET" when explain:
                return ExplainAsync(request);
            case "GET":
                return GetAsync(request);
            case "PUT" when !run && !explain:
                return UpdateAsync(request);
            case "DELETE" when !run && !explain:
                return DeleteAsync(request);
            default:
                request.Context.Response.Headers.Allow = allowed;
                return request.TextAsync(StatusCodes.Status405MethodNotAllowed, $"method {method} not allowed");
        }
    }

    private async ValueTask ListAsync(AgentRequest request)
    {
        var root = await _read.BeginAsync(request, Topic.Queries, static (root, _) => root.Records.Queries.Index).ConfigureAwait(false);
        if (root is not null)
        {
            await request.JsonAsync(QueryAcl.Narrow(request.Access, root.Records.Queries.Rows.Values), QueryJson.Queries).ConfigureAwait(false);
        }
    }

    private async ValueTask GetAsync(AgentRequest request)
    {
        if (await _read.BeginAsync(request, null).ConfigureAwait(false) is not { } options)
        {
            return;
        }

        if (SessionId.Defect(request.Tail) is { } defect)
        {
            await request.CatalogErrorAsync($"failed prepared query lookup: index error: {defect}").ConfigureAwait(false);
            return;
        }

        var root = await _read.WaitAsync(request, options, Topic.Queries, static (root, _) => root.Records.Queries.Index).ConfigureAwait(false);
        if (QueryLookup.ById(root.Records.Queries, request.Tail) is not { } query)
        {
            await NotFoundAsync(request).ConfigureAwait(false);
            return;
        }

        await request.JsonAsync<IEnumerable<PreparedQuery>>([QueryAcl.Show(request.Access, query)], QueryJson.Queries).ConfigureAwait(false);
    }

    private async ValueTask CreateAsync(AgentRequest request)
    {
        var body = new QueryBody();
        if (!await RequestBody.TryDecodeAsync(request, QueryBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        var query = body.Query;
        if (query.TemplateRegexp.Length > 0)
        {
            await AgentRequest.LeaveThreadAsync();
        }

        var id = Guid.NewGuid().ToString("D");
        var fault = core.IsOtherDatacenter(request.Query["dc"]) ? AgentCore.NoPath
            : query.Id.Length > 0 ? "ID must be empty when creating a new prepared query"
            : await StoreAsync(request, query with { Id = id }, create: true).ConfigureAwait(false);
        if (fault is not null)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, fault).ConfigureAwait(false);
            return;
        }

        await request.JsonAsync(id, static (json, id) =>
        {
            json.WriteStartObject();
            json.WriteString("ID"u8, id);
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask UpdateAsync(AgentRequest request)
    {
        var body = new QueryBody();
        if (!await RequestBody.TryDecodeAsync(request, QueryBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        if (body.Query.TemplateRegexp.Length > 0)
        {
            await AgentRequest.LeaveThreadAsync();
        }

        if (!core.IsOtherDatacenter(request.Query["dc"]))
        {
            // May it not be written, nobody learns whether there is one to be replaced.
            QueryAcl.DemandWrite(request.Access, body.Query);
        }

        var fault = LookupFault(request) ?? await StoreAsync(request, body.Query with { Id = request.Tail }, create: false).ConfigureAwait(false);
        await DoneAsync(request, fault).ConfigureAwait(false);
    }

    private async ValueTask DeleteAsync(AgentRequest request)
    {
        var fault = LookupFault(request);
        if (fault is null)
        {
            QueryAcl.DemandWrite(request.Access, QueryLookup.ById(core.Store.Root.Records.Queries, request.Tail));
            fault = await core.Store.ApplyAsync(new DeleteQuery(request.Tail)).ConfigureAwait(false);
        }

        await DoneAsync(request, fault).ConfigureAwait(false);
    }

    private static ValueTask DoneAsync(AgentRequest request, string? fault) =>
        fault is null ? request.EmptyAsync() : request.TextAsync(StatusCodes.Status500InternalServerError, fault);

    private string? LookupFault(AgentRequest request)
    {
        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            return AgentCore.NoPath;
        }

        // Who is nobody is told so before he learns what there is.
        _ = request.Access;
        return SessionId.Defect(request.Tail) is { } defect ? $"Prepared Query lookup failed: failed prepared query lookup: index error: {defect}"
            : QueryLookup.ById(core.Store.Root.Records.Queries, request.Tail) is null ? $"Cannot modify non-existent prepared query: '{request.Tail}'"
            : null;
    }

    private async ValueTask<string?> StoreAsync(AgentRequest request, PreparedQuery query, bool create)
    {
        // Of what replaces another one UpdateAsync has demanded it.
        QueryAcl.DemandWrite(request.Access, create ? query : QueryLookup.ById(core.Store.Root.Records.Queries, query.Id));
        if (Fault(query) is { } fault)
        {
            return $"Invalid prepared query: {fault}";
        }

        if (query.IsTemplate && QueryTemplate.Check(query) is { } error)
        {
            // Other faults come first.
            var root = core.Store.Root;
            return SetQuery.Fault(root.Records, root.Sessions, query, create) ?? $"failed compiling template: {error}";
        }

        return await core.Store.ApplyAsync(new SetQuery(query, create)).ConfigureAwait(false);
    }

    private static string? Fault(PreparedQuery query) =>
        query is { Name: "", IsTemplate: false, Session: "" } ? "Must be bound to a session"
        : query.Token == Redacted ? $"Bad Token '{Redacted}', it looks like a query definition with a redacted token was submitted"
        : query.Service.Length == 0 ? "Must provide a Service name to query"
        : query.NearestN < 0 ? string.Create(CultureInfo.InvariantCulture, $"Bad NearestN '{query.NearestN}', must be >= 0")
        : CatalogRules.MetadataFault(query.NodeMeta, reserved: false) ?? TtlFault(query.DnsTtl);

    private static string? TtlFault(string ttl)
    {
        if (ttl.Length == 0)
        {
            return null;
        }

        return !GoDurationText.TryParseNanoseconds(ttl, out var value, out var error) ? $"Bad DNS TTL '{ttl}': {error}"
            : value < 0 ? string.Create(CultureInfo.InvariantCulture, $"DNS TTL '{value}', must be >=0")
            : null;
    }

    private async ValueTask ExecuteAsync(AgentRequest request)
    {
        var limit = 0;
        var text = request.Query["limit"];
        if (text.Length > 0 && !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out limit))
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, $"Bad limit: strconv.Atoi: parsing \"{text}\": invalid syntax").ConfigureAwait(false);
            return;
        }

        var mesh = request.Query["connect"];
        if ((mesh.Length == 0 ? false : GoBool.Read(mesh)) is not { } connect)
        {
            await request.TextAsync(
                StatusCodes.Status500InternalServerError, $"Error parsing 'connect' value: strconv.ParseBool: parsing \"{mesh}\": invalid syntax").ConfigureAwait(false);
            return;
        }

        if (await ResolveAsync(request, Run, cacheable: true).ConfigureAwait(false) is not { } found)
        {
            return;
        }

        var (query, root, mode) = found;
        var access = query.Token.Length > 0 ? request.Acl.Resolve(query.Token, atAgent: false) : request.Access;
        var instances = _executor.Execute(root, connect ? query with { Connect = true } : query, request.Query["near"], limit, access);
        await request.JsonAsync((query, instances, mode, core.Identity.Datacenter), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteString("Service"u8, answer.query.Service);
            json.WriteStartArray("Nodes"u8);
            foreach (var instance in answer.instances)
            {
                QueryJson.Instance(json, instance);
            }

            json.WriteEndArray();
            QueryJson.Dns(json, answer.query);
            json.WriteString("Datacenter"u8, answer.Datacenter);
            json.WriteNumber("Failovers"u8, 0);
            QueryJson.Meta(json, answer.mode);
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask ExplainAsync(AgentRequest request)
    {
        if (await ResolveAsync(request, Explain, cacheable: false).ConfigureAwait(false) is not { } found)
        {
            return;
        }

        var shown = QueryAcl.Show(request.Access, found.Query);
        await request.JsonAsync((shown, found.Mode), static (json, found) =>
        {
            json.WriteStartObject();
            json.WritePropertyName("Query"u8);
            QueryJson.Query(json, found.shown);
            QueryJson.Meta(json, found.Mode);
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    /// <summary>The query that the path names. None: it has been answered.</summary>
    private async ValueTask<(PreparedQuery Query, StoreRoot Root, ReadMode Mode)?> ResolveAsync(AgentRequest request, string end, bool cacheable)
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

        // A query named like the end of the path is asked for without it.
        var name = request.Tail.EndsWith(end, StringComparison.Ordinal) ? request.Tail[..^end.Length] : request.Tail;
        var root = core.Store.Root;
        if (QueryLookup.Resolve(root.Records.Queries, name) is not { } stored)
        {
            await NotFoundAsync(request).ConfigureAwait(false);
            return null;
        }

        if (stored.TemplateRegexp.Length > 0)
        {
            await AgentRequest.LeaveThreadAsync();
        }

        var query = QueryExecutor.Render(stored, name, out var error);
        if (error is not null)
        {
            await request.CatalogErrorAsync(error).ConfigureAwait(false);
            return null;
        }

        // There is nothing to wait for: each time it may give another order.
        request.SetIndex(0, options);
        if (cacheable && options.Cached)
        {
            request.SetCached(core.Cached.Ask(request));
        }

        return (query, root, options.Mode);
    }

    private static ValueTask NotFoundAsync(AgentRequest request)
    {
        request.ClearIndex();
        return request.TextAsync(StatusCodes.Status404NotFound, "Query not found");
    }
}
