using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Sessions;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>connect/intentions…</c>: who may call whom. They are kept and told, and there is no mesh that would hold anybody to them.</summary>
internal sealed class IntentionEndpoints(AgentCore core, TimeProvider time)
{
    public void Map(RouteTable routes)
    {
        routes.Add("/v1/connect/intentions", ("GET", ListAsync), ("POST", CreateAsync));
        routes.Add("/v1/connect/intentions/match", ("GET", MatchAsync));
        routes.Add("/v1/connect/intentions/check", ("GET", CheckAsync));
        routes.Add("/v1/connect/intentions/", ("GET", GetAsync), ("PUT", UpdateAsync), ("DELETE", DeleteAsync));
    }

    private async ValueTask ListAsync(AgentRequest request)
    {
        if (QueryOptions.Parse(request, out var options) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        var matches = request.Filter(RecordFields.Intention, out var error);
        if (matches is null || core.IsOtherDatacenter(request.Query["dc"]))
        {
            await request.CatalogErrorAsync(matches is null ? error : AgentCore.NoPath).ConfigureAwait(false);
            return;
        }

        // Who is nobody is told so before he waits.
        _ = request.Access;
        var root = await core.Blocking.WaitAsync(options, Topic.Intentions, IndexOf, "", request).ConfigureAwait(false);
        await request.BeginFilterAsync().ConfigureAwait(false);
        var access = request.Access;
        request.SetIndex(root.Records.Intentions.Index);
        var shown = IntentionLookup.InOrder(root.Records.Intentions.Rows.Values.Where(one => IntentionAcl.CanRead(access, one) && matches(one)));
        await request.JsonAsync(shown, IntentionJson.Intentions).ConfigureAwait(false);
    }

    // Those that follow wait for an index, too, but tell none.
    private async ValueTask GetAsync(AgentRequest request)
    {
        if (QueryOptions.Parse(request, out var options) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await FailAsync(request, AgentCore.NoPath).ConfigureAwait(false);
            return;
        }

        if (SessionId.Defect(request.Tail) is { } defect)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, $"Bad request: failed intention lookup: index error: {defect}").ConfigureAwait(false);
            return;
        }

        var root = await core.Blocking.WaitAsync(options, Topic.Intentions, IndexOf, "", request).ConfigureAwait(false);
        if (IntentionLookup.ById(root.Records.Intentions, request.Tail) is not { } intention)
        {
            await request.TextAsync(StatusCodes.Status404NotFound, "Intention not found").ConfigureAwait(false);
            return;
        }

        AclDeniedException.Unless(IntentionAcl.CanRead(request.Access, intention));
        await request.JsonAsync(intention, IntentionJson.Intention).ConfigureAwait(false);
    }

    private async ValueTask CreateAsync(AgentRequest request)
    {
        var body = new IntentionBody();
        if (await RequestBody.DecodeAsync(request, IntentionBody.Type, body).ConfigureAwait(false) is { } bad)
        {
            await FailAsync(request, $"Failed to decode request body: {bad}").ConfigureAwait(false);
            return;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await FailAsync(request, AgentCore.NoPath).ConfigureAwait(false);
            return;
        }

        DemandWrite(request, body.Intention);
        var now = time.GetUtcNow();
        var intention = body.Intention with { Id = Guid.NewGuid().ToString("D"), CreatedAt = now, UpdatedAt = now };
        var fault = body.Id.Length > 0 ? "ID must be empty when creating a new intention" : IntentionBody.Fault(intention);
        await StoredAsync(request, intention.Id, fault ?? await core.Store.ApplyAsync(new SetIntention(intention, Create: true)).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async ValueTask UpdateAsync(AgentRequest request)
    {
        var body = new IntentionBody();
        if (await RequestBody.DecodeAsync(request, IntentionBody.Type, body).ConfigureAwait(false) is { } bad)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, $"Bad request: Request decode failed: {bad}").ConfigureAwait(false);
            return;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await FailAsync(request, AgentCore.NoPath).ConfigureAwait(false);
            return;
        }

        // Who renames an intention has to be allowed to write both.
        DemandWrite(request, body.Intention);
        var fault = LookupFault(request.Tail, out var old);
        if (fault is null && old is null)
        {
            fault = SetIntention.Missing(request.Tail);
        }

        if (fault is null)
        {
            DemandWrite(request, old!);
            var intention = body.Intention with { Id = old!.Id, UpdatedAt = time.GetUtcNow() };
            fault = IntentionBody.Fault(intention) ?? await core.Store.ApplyAsync(new SetIntention(intention, Create: false)).ConfigureAwait(false);
        }

        await StoredAsync(request, request.Tail, fault).ConfigureAwait(false);
    }

    private async ValueTask DeleteAsync(AgentRequest request)
    {
        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await FailAsync(request, AgentCore.NoPath).ConfigureAwait(false);
            return;
        }

        // Who is nobody is told so before he learns what there is.
        _ = request.Access;
        var fault = LookupFault(request.Tail, out var old);
        if (fault is null && old is null)
        {
            fault = DeleteIntention.Missing(request.Tail);
        }

        if (fault is null)
        {
            DemandWrite(request, old!);
            fault = await core.Store.ApplyAsync(new DeleteIntention(request.Tail)).ConfigureAwait(false);
        }

        ValueTask Answer() => fault is null ? request.JsonAsync(true) : FailAsync(request, fault);
        await Answer().ConfigureAwait(false);
    }

    private async ValueTask MatchAsync(AgentRequest request)
    {
        if (QueryOptions.Parse(request, out var options) is { } bad)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, bad).ConfigureAwait(false);
            return;
        }

        var by = request.Query.All("by").ToList();
        var names = request.Query.All("name").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var fault = by.Count != 1 ? "required query parameter 'by' not set"
            : by[0] is not ("source" or "destination") ? "'by' parameter must be one of 'source' or 'destination'"
            : names.Count == 0 ? "required query parameter 'name' not set"
            : names.Select(static name => SplitFault("name", name)).FirstOrDefault(static fault => fault is not null);
        if (fault is not null || core.IsOtherDatacenter(request.Query["dc"]))
        {
            await FailAsync(request, fault ?? AgentCore.NoPath).ConfigureAwait(false);
            return;
        }

        DemandRead(request, names);
        var root = await core.Blocking.WaitAsync(options, Topic.Intentions, IndexOf, "", request).ConfigureAwait(false);
        DemandRead(request, names);
        var bySource = by[0] == "source";
        var matches = names.ConvertAll(name => (Name: name, Found: Find(root.Records.Intentions, name, bySource)));

        // Found in any case, so it may be another's.
        var access = request.Access;
        AclDeniedException.Unless(matches.SelectMany(static match => match.Found).Select(one => bySource ? one.SourceName : one.DestinationName)
            .All(name => name == Intention.Wildcard || access.AllowsIntention(name, AclAccess.Read)));
        await request.JsonAsync(matches, static (json, matches) =>
        {
            json.WriteStartObject();
            foreach (var (name, found) in matches)
            {
                json.WritePropertyName(name);
                if (found.Count == 0)
                {
                    json.WriteNullValue();
                }
                else
                {
                    IntentionJson.Intentions(json, found);
                }
            }

            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask CheckAsync(AgentRequest request)
    {
        if (QueryOptions.Parse(request, out _) is { } bad)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, bad).ConfigureAwait(false);
            return;
        }

        var (sources, destinations) = (request.Query.All("source").ToList(), request.Query.All("destination").ToList());
        var type = request.Query.Has("source-type") ? request.Query["source-type"] : "consul";
        var fault = sources.Count != 1 ? "required query parameter 'source' not set"
            : destinations.Count != 1 ? "required query parameter 'destination' not set"
            : SplitFault("source", sources[0]) ?? SplitFault("destination", destinations[0])
            ?? (core.IsOtherDatacenter(request.Query["dc"]) ? AgentCore.NoPath
                : type != "consul" ? $"unsupported SourceType: \"{type}\""
                : null);
        if (fault is not null)
        {
            await FailAsync(request, fault).ConfigureAwait(false);
            return;
        }

        // It tells no more than a call would.
        var (destinationSpace, destination) = Split(destinations[0]);
        var access = request.Access;
        AclDeniedException.Unless(destination.Length == 0 || access.CanReadService(destination));
        var (space, source) = Split(sources[0]);
        var decides = IntentionLookup.Deciding(core.Store.Root.Records.Intentions, space, source, destinationSpace, destination);
        AclDeniedException.Unless(decides is null or { DestinationName: Intention.Wildcard } || access.CanReadService(decides.DestinationName));
        await request.JsonAsync(decides?.Allows ?? request.Acl.AllowsByDefault, static (json, allowed) =>
        {
            json.WriteStartObject();
            json.WriteBoolean("Allowed"u8, allowed);
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static ulong IndexOf(StoreRoot root, string name) => root.Records.Intentions.Index;

    private string? LookupFault(string id, out Intention? intention)
    {
        var defect = SessionId.Defect(id);
        intention = defect is null ? IntentionLookup.ById(core.Store.Root.Records.Intentions, id) : null;
        return defect is null ? null : $"Intention lookup failed: failed intention lookup: index error: {defect}";
    }

    private static void DemandRead(AgentRequest request, List<string> names)
    {
        var access = request.Access;
        AclDeniedException.Unless(names.Select(static name => Split(name).Name).All(name => name.Length == 0 || access.AllowsIntention(name, AclAccess.Read)));
    }

    private static void DemandWrite(AgentRequest request, Intention intention) => AclDeniedException.Unless(!request.Acl.IsEnabled || IntentionAcl.CanWrite(request.Access, intention));

    private static ValueTask StoredAsync(AgentRequest request, string id, string? fault) => fault is not null
        ? FailAsync(request, fault)
        : request.JsonAsync(id, static (json, id) =>
        {
            json.WriteStartObject();
            json.WriteString("ID"u8, id);
            json.WriteEndObject();
        });

    private static ValueTask FailAsync(AgentRequest request, string fault) => request.TextAsync(StatusCodes.Status500InternalServerError, fault);

    private static List<Intention> Find(Table<Intention> intentions, string text, bool bySource)
    {
        var (space, name) = Split(text);
        return [.. bySource ? IntentionLookup.OfSource(intentions, space, name) : IntentionLookup.OfDestination(intentions, space, name)];
    }

    // NAME or NAMESPACE/NAME.
    private static (string Namespace, string Name) Split(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (Intention.DefaultNamespace, text) : (text[..slash], text[(slash + 1)..]);
    }

    private static string? SplitFault(string what, string text) =>
        text.Count(static c => c == '/') > 1 ? $"{what} \"{text}\" is invalid: input can contain at most one '/'" : null;
}
