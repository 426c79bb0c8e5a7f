using System.Globalization;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Chains;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>config…</c>: what a mesh is to know of services. It is kept and told; there is no mesh here that would go by it.</summary>
internal sealed class ConfigEndpoints(AgentCore core)
{
    public void Map(RouteTable routes)
    {
        routes.Add("/v1/config", ("PUT", SetAsync));
        routes.Add("/v1/config/", ("GET", GetAsync), ("DELETE", DeleteAsync));
    }

    private async ValueTask SetAsync(AgentRequest request)
    {
        if (await RequestBody.TryReadAsync(request).ConfigureAwait(false) is not { } body)
        {
            return;
        }

        if (ConfigReader.Read(body, out var fault) is not { } entry)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, $"Bad request: Request decoding failed: {fault}").ConfigureAwait(false);
            return;
        }

        if (QueryOptions.NamespaceFault(request.Query) is { } unknown)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, unknown).ConfigureAwait(false);
            return;
        }

        ulong? index = null;
        var cas = request.Query["cas"];
        if (cas.Length > 0)
        {
            if (!ulong.TryParse(cas, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                await request.TextAsync(StatusCodes.Status500InternalServerError, $"strconv.ParseUint: parsing \"{cas}\": invalid syntax").ConfigureAwait(false);
                return;
            }

            index = number;
        }

        var (stored, refusal) = (false, ConfigRules.Fault(entry));
        if (refusal is null)
        {
            AclDeniedException.Unless(ConfigAcl.CanWrite(request.Access, core.Store.Root.Records.ConfigEntries, entry));
            (stored, refusal) = await ConfigWriter.SetAsync(core.Store, entry, index).ConfigureAwait(false);
        }

        ValueTask Answer() => refusal is null ? request.JsonAsync(stored) : request.TextAsync(StatusCodes.Status500InternalServerError, refusal);
        await Answer().ConfigureAwait(false);
    }

    private async ValueTask GetAsync(AgentRequest request)
    {
        if ((QueryOptions.Parse(request, out var options) ?? QueryOptions.NamespaceFault(request.Query)) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        var (kind, name) = Split(request.Tail);
        var refusal = core.IsOtherDatacenter(request.Query["dc"]) ? AgentCore.NoPath : null;
        if (refusal is null)
        {
            // Who is nobody is told so before he learns what there is.
            _ = request.Access;
            refusal = kind.Length > 0 && !ConfigKinds.Knows(kind) ? $"invalid config entry kind: {kind}" : null;
        }

        if (refusal is not null)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, refusal).ConfigureAwait(false);
            return;
        }

        var root = await core.Blocking
            .WaitAsync(options, Topic.ConfigEntries, static (root, _) => root.Records.ConfigEntries.Index, request.Tail, request).ConfigureAwait(false);
        request.SetIndex(root.Records.ConfigEntries.Index);
        if (name is null)
        {
            var access = request.Access;
            var shown = root.Records.ConfigEntries.Rows.Values.Where(entry => (kind.Length == 0 || entry.Kind == kind) && ConfigAcl.CanRead(access, entry.Kind, entry.Name));
            await request.JsonAsync(shown, ConfigJson.Entries).ConfigureAwait(false);
            return;
        }

        AclDeniedException.Unless(ConfigAcl.CanRead(request.Access, root.Records.ConfigEntries, kind, name));
        if (root.Records.ConfigEntries.Find(ConfigEntry.KeyOf(kind, name)) is not { } found)
        {
            await request.TextAsync(StatusCodes.Status404NotFound, $"Config entry not found for \"{kind}\" / \"{name}\"").ConfigureAwait(false);
            return;
        }

        await request.JsonAsync(found, ConfigJson.Entry).ConfigureAwait(false);
    }

    private async ValueTask DeleteAsync(AgentRequest request)
    {
        var (kind, name) = Split(request.Tail);
        if (name is null)
        {
            await request.TextAsync(StatusCodes.Status404NotFound, "Must provide both a kind and name to delete").ConfigureAwait(false);
            return;
        }

        if ((ConfigKinds.Knows(kind) ? QueryOptions.NamespaceFault(request.Query) : $"invalid config entry kind: {kind}") is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        AclDeniedException.Unless(ConfigAcl.CanWrite(request.Access, core.Store.Root.Records.ConfigEntries, new ConfigEntry { Kind = kind, Name = name }));
        if (await core.Store.ApplyAsync(new DeleteConfigEntry(kind, name) { Fault = ChainRules.Fault }).ConfigureAwait(false) is { } refusal)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, refusal).ConfigureAwait(false);
            return;
        }

        await request.JsonAsync(0, static (json, _) =>
        {
            json.WriteStartObject();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static (string Kind, string? Name) Split(string tail)
    {
        var slash = tail.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (tail, null) : (tail[..slash], tail[(slash + 1)..]);
    }
}
