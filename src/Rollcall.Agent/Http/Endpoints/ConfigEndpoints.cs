using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>config…</c>: entries of the two kinds that say something of services without a mesh.</summary>
internal sealed class ConfigEndpoints(AgentCore core)
{
    private const int MaxBytes = 512 * 1024;

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/config", ("PUT", SetAsync));
        routes.Add("/v1/config/", ("GET", GetAsync), ("DELETE", DeleteAsync));
    }

    private async ValueTask SetAsync(AgentRequest request)
    {
        if (await request.ReadBodyAsync(MaxBytes).ConfigureAwait(false) is not { } body)
        {
            request.Context.Response.Headers.Connection = "close";
            await request.TextAsync(StatusCodes.Status413PayloadTooLarge, $"Request body too large, max size: {MaxBytes} bytes.").ConfigureAwait(false);
            return;
        }

        if (ConfigEntryBody.Read(body, out var fault) is not { } entry)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, $"Bad request: Request decoding failed: {fault}").ConfigureAwait(false);
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

        Demand(request, entry.Kind, entry.Name, AclAccess.Write);
        if (entry.Name.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, "serviceName is required").ConfigureAwait(false);
            return;
        }

        await request.JsonAsync(await core.Store.ApplyAsync(new SetConfigEntry(entry, index)).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async ValueTask GetAsync(AgentRequest request)
    {
        if (QueryOptions.Parse(request.Query, out var options) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        var (kind, name) = Split(request.Tail);
        var refusal = core.IsOtherDatacenter(request.Query["dc"]) ? AgentCore.NoPath
            : kind.Length > 0 && !ConfigEntryBody.IsKind(kind) ? $"invalid config entry kind: {kind}"
            : null;
        if (refusal is not null)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, refusal).ConfigureAwait(false);
            return;
        }

        var root = await core.Blocking
            .WaitAsync(options, Topic.ConfigEntries, static (root, _) => root.Records.ConfigEntries.Index, request.Tail, request.Aborted).ConfigureAwait(false);
        request.SetIndex(root.Records.ConfigEntries.Index);
        if (name is null)
        {
            var shown = root.Records.ConfigEntries.Rows.Values.Where(entry => entry.Kind == kind && Allows(request, entry.Kind, entry.Name, AclAccess.Read));
            await request.JsonAsync(shown, static (json, entries) =>
            {
                json.WriteStartArray();
                foreach (var entry in entries)
                {
                    Write(json, entry);
                }

                json.WriteEndArray();
            }).ConfigureAwait(false);
            return;
        }

        Demand(request, kind, name, AclAccess.Read);
        if (root.Records.ConfigEntries.Find(ConfigEntry.KeyOf(kind, name)) is not { } found)
        {
            await request.TextAsync(StatusCodes.Status404NotFound, $"Config entry not found for \"{kind}\" / \"{name}\"").ConfigureAwait(false);
            return;
        }

        await request.JsonAsync(found, Write).ConfigureAwait(false);
    }

    private async ValueTask DeleteAsync(AgentRequest request)
    {
        var (kind, name) = Split(request.Tail);
        if (name is null)
        {
            await request.TextAsync(StatusCodes.Status404NotFound, "Must provide both a kind and name to delete").ConfigureAwait(false);
            return;
        }

        if (!ConfigEntryBody.IsKind(kind))
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, $"invalid config entry kind: {kind}").ConfigureAwait(false);
            return;
        }

        Demand(request, kind, name, AclAccess.Write);
        await core.Store.ApplyAsync(new DeleteConfigEntry(kind, name)).ConfigureAwait(false);
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

    // Everybody may read what holds for all.
    private static bool Allows(AgentRequest request, string kind, string name, AclAccess access) =>
        kind == ConfigEntry.ServiceDefaults ? request.Access.Allows(AclResource.Service, name, access)
        : access == AclAccess.Read || request.Access.Allows(AclResource.Operator, "", access);

    private static void Demand(AgentRequest request, string kind, string name, AclAccess access)
    {
        if (!Allows(request, kind, name, access))
        {
            throw new AclDeniedException(AclDeniedException.Denied);
        }
    }

    private static void Write(Utf8JsonWriter json, ConfigEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("Kind"u8, entry.Kind);
        json.WriteString("Name"u8, entry.Name);
        if (entry.Kind == ConfigEntry.ServiceDefaults)
        {
            json.WriteString("Protocol"u8, entry.Protocol);
        }
        else
        {
            json.WritePropertyName("Config"u8);
            json.WriteRawValue(entry.Config ?? "null", skipInputValidation: true);
        }

        json.WriteStartObject("MeshGateway"u8);
        if (entry.MeshGatewayMode.Length > 0)
        {
            json.WriteString("Mode"u8, entry.MeshGatewayMode);
        }

        json.WriteEndObject();
        json.WriteStartObject("Expose"u8);
        json.WriteEndObject();
        if (entry.ExternalSni.Length > 0)
        {
            json.WriteString("ExternalSNI"u8, entry.ExternalSni);
        }

        if (entry.Meta is { Count: > 0 })
        {
            WireJson.TextMap(json, "Meta"u8, entry.Meta);
        }

        WireJson.Indexes(json, entry.CreateIndex, entry.ModifyIndex);
        json.WriteEndObject();
    }
}
