using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>operator/…</c>: a cluster of one, which leads itself and encrypts nothing.</summary>
/// <param name="core">What endpoints work on.</param>
/// <param name="started">Since when the agent is healthy.</param>
/// <param name="isHealthy">Whether it is now: it keeps what it is told to.</param>
internal sealed class OperatorEndpoints(AgentCore core, DateTimeOffset started, Func<bool> isHealthy)
{
    private const int MaxRelays = 5;

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/operator/raft/configuration", ("GET", RaftAsync));
        routes.Add("/v1/operator/raft/peer", ("DELETE", RemovePeerAsync));
        routes.Add("/v1/operator/autopilot/configuration", ("GET", AutopilotAsync), ("PUT", SetAutopilotAsync));
        routes.Add("/v1/operator/autopilot/health", ("GET", HealthAsync));
        routes.Add("/v1/operator/keyring", ("GET", KeyringAsync), ("POST", KeyringAsync), ("PUT", KeyringAsync), ("DELETE", KeyringAsync));
    }

    private async ValueTask RaftAsync(AgentRequest request)
    {
        if (await RefuseAsync(request).ConfigureAwait(false))
        {
            return;
        }

        await request.JsonAsync(core.Identity, static (json, identity) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("Servers"u8);
            json.WriteStartObject();
            json.WriteString("ID"u8, identity.NodeId);
            json.WriteString("Node"u8, identity.NodeName);
            json.WriteString("Address"u8, identity.ServerAddress);
            json.WriteBoolean("Leader"u8, true);
            json.WriteString("ProtocolVersion"u8, "3");
            json.WriteBoolean("Voter"u8, true);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteNumber("Index"u8, 0);
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private ValueTask RemovePeerAsync(AgentRequest request)
    {
        var (id, address) = (request.Query.Has("id") ? request.Query["id"] : null, request.Query.Has("address") ? request.Query["address"] : null);
        if (id is null && address is null)
        {
            return request.TextAsync(
                StatusCodes.Status400BadRequest,
                "Bad request: Must specify either ?id with the server's ID or ?address with IP:port of peer to remove");
        }

        if (id is not null && address is not null)
        {
            return request.TextAsync(StatusCodes.Status400BadRequest, "Bad request: Must specify only one of ?id or ?address");
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            return request.TextAsync(StatusCodes.Status500InternalServerError, AgentCore.NoPath);
        }

        request.Demand(AclResource.Operator, "", AclAccess.Write);
        var fault = id == core.Identity.NodeId || address == core.Identity.ServerAddress ? "need at least one voter in configuration: {[]}"
            : id is not null ? $"id \"{id}\" was not found in the Raft configuration"
            : $"address \"{address}\" was not found in the Raft configuration";
        return request.TextAsync(StatusCodes.Status500InternalServerError, fault);
    }

    private async ValueTask AutopilotAsync(AgentRequest request)
    {
        if (await RefuseAsync(request).ConfigureAwait(false))
        {
            return;
        }

        await request.JsonAsync(core.Store.Root.Records.Autopilot.Find("") ?? AutopilotSettings.Default, static (json, settings) =>
        {
            json.WriteStartObject();
            json.WriteBoolean("CleanupDeadServers"u8, settings.CleanupDeadServers);
            json.WriteString("LastContactThreshold"u8, GoDuration.FormatNanoseconds(settings.LastContactThreshold));
            json.WriteNumber("MaxTrailingLogs"u8, settings.MaxTrailingLogs);
            json.WriteNumber("MinQuorum"u8, settings.MinQuorum);
            json.WriteString("ServerStabilizationTime"u8, GoDuration.FormatNanoseconds(settings.ServerStabilizationTime));
            json.WriteString("RedundancyZoneTag"u8, settings.RedundancyZoneTag);
            json.WriteBoolean("DisableUpgradeMigration"u8, settings.DisableUpgradeMigration);
            json.WriteString("UpgradeVersionTag"u8, settings.UpgradeVersionTag);
            WireJson.Indexes(json, settings.CreateIndex, settings.ModifyIndex);
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask SetAutopilotAsync(AgentRequest request)
    {
        var body = new AutopilotBody();
        var fault = await RequestBody.DecodeAsync(request, AutopilotBody.Type, body).ConfigureAwait(false) is { } error
            ? $"Bad request: Error parsing autopilot config: {error}"
            : null;
        ulong? index = null;
        if (fault is null && request.Query.Has("cas"))
        {
            var cas = request.Query["cas"];
            fault = ulong.TryParse(cas, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? null
                : $"Bad request: Error parsing cas value: strconv.ParseUint: parsing \"{cas}\": invalid syntax";
            index = number;
        }

        if (fault is not null)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, AgentCore.NoPath).ConfigureAwait(false);
            return;
        }

        request.Demand(AclResource.Operator, "", AclAccess.Write);
        await request.JsonAsync(await core.Store.ApplyAsync(new SetAutopilot(body.Settings, index)).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async ValueTask HealthAsync(AgentRequest request)
    {
        if (await RefuseAsync(request).ConfigureAwait(false))
        {
            return;
        }

        await request.JsonAsync((core.Identity, core.Store.Root, started, isHealthy()), static (json, state) =>
        {
            var (identity, root, started, isHealthy) = state;
            json.WriteStartObject();
            json.WriteBoolean("Healthy"u8, isHealthy);
            json.WriteNumber("FailureTolerance"u8, 0);
            json.WriteStartArray("Servers"u8);
            json.WriteStartObject();
            json.WriteString("ID"u8, identity.NodeId);
            json.WriteString("Name"u8, identity.NodeName);
            json.WriteString("Address"u8, identity.ServerAddress);
            json.WriteString("SerfStatus"u8, "alive");
            json.WriteString("Version"u8, AgentIdentity.ApiVersion);
            json.WriteBoolean("Leader"u8, true);
            json.WriteString("LastContact"u8, "0s");
            json.WriteNumber("LastTerm"u8, 2);
            json.WriteNumber("LastIndex"u8, root.Index);
            json.WriteBoolean("Healthy"u8, isHealthy);
            json.WriteBoolean("Voter"u8, true);
            json.WriteString("StableSince"u8, started.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask KeyringAsync(AgentRequest request)
    {
        var listing = HttpMethods.IsGet(request.Context.Request.Method);
        var body = new KeyringBody();
        var fault = !listing && await RequestBody.DecodeAsync(request, KeyringBody.Type, body).ConfigureAwait(false) is { } error
            ? $"Request decode failed: {error}"
            : QueryFault(request.Query, listing);
        if (fault is not null)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, $"Bad request: {fault}").ConfigureAwait(false);
            return;
        }

        if (!request.Access.Allows(AclResource.Keyring, "", listing ? AclAccess.Read : AclAccess.Write))
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, listing ? "Reading keyring denied by ACLs" : "Modifying keyring denied due to ACLs").ConfigureAwait(false);
            return;
        }

        var (node, datacenter) = (core.Identity.NodeName, core.Identity.Datacenter);
        List<string> errors = [];
        if (GoBase64.Fault(body.Key) is { } bad)
        {
            errors.AddRange([$"WAN error: {bad}", $"{datacenter} (LAN) error: {bad}"]);
        }
        else
        {
            var reason = listing ? "Keyring is empty (encryption not enabled)" : "No keyring to modify (encryption not enabled)";
            if (GoBool.Read(request.Query["local-only"]) is not true)
            {
                errors.AddRange(["WAN error: 1/1 nodes reported failure", $"{node}.{datacenter}: {reason}"]);
            }

            errors.AddRange([$"{datacenter} (LAN) error: 1/1 nodes reported failure", $"{node}: {reason}"]);
        }

        await request.TextAsync(StatusCodes.Status500InternalServerError, GoErrors.Join(errors)!).ConfigureAwait(false);
    }

    private static string? QueryFault(in Query query, bool listing)
    {
        if (query["relay-factor"] is { Length: > 0 } relays)
        {
            if (!int.TryParse(relays, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                return $"Error parsing relay factor: strconv.Atoi: parsing \"{relays}\": invalid syntax";
            }

            if (number is < 0 or > MaxRelays)
            {
                return "Invalid relay-factor: Relay factor must be in range: [0, 5]";
            }
        }

        var localOnly = query["local-only"];
        return (localOnly.Length == 0 ? false : GoBool.Read(localOnly)) switch
        {
            null => $"Error parsing local-only: strconv.ParseBool: parsing \"{localOnly}\": invalid syntax",
            true when !listing => "Invalid use of local-only: local-only can only be set for list requests",
            _ => null,
        };
    }

    private async ValueTask<bool> RefuseAsync(AgentRequest request)
    {
        if (QueryOptions.Parse(request, out _) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return true;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, AgentCore.NoPath).ConfigureAwait(false);
            return true;
        }

        request.Demand(AclResource.Operator, "", AclAccess.Read);
        return false;
    }
}
