using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>agent/…</c>: the agent itself. It is alone on purpose, so joining and leaving others has little to do.</summary>
/// <param name="core">What it works on.</param>
/// <param name="debugConfig">What it shows of its configuration.</param>
/// <param name="leave">Called when a client makes the agent leave.</param>
/// <param name="reload">Reads the configuration anew.</param>
internal sealed class AgentEndpoints(AgentCore core, JsonElement debugConfig, Action leave, Func<ValueTask> reload)
{
    public void Map(RouteTable routes)
    {
        routes.Add("/v1/agent/self", ("GET", SelfAsync));
        routes.Add("/v1/agent/members", ("GET", MembersAsync));
        routes.Add("/v1/agent/maintenance", ("PUT", MaintenanceAsync));
        routes.Add("/v1/agent/join/", ("PUT", JoinAsync));
        routes.Add("/v1/agent/leave", ("PUT", LeaveAsync));
        routes.Add("/v1/agent/force-leave/", ("PUT", ForceLeaveAsync));
        routes.Add("/v1/agent/reload", ("PUT", ReloadAsync));
    }

    private ValueTask SelfAsync(AgentRequest request) => request.JsonAsync((core.Identity, core.Store.Root, debugConfig), static (json, state) =>
    {
        var (identity, root, config) = state;
        json.WriteStartObject();
        json.WriteStartObject("Config"u8);
        json.WriteString("Datacenter"u8, identity.Datacenter);
        json.WriteString("NodeName"u8, identity.NodeName);
        json.WriteString("NodeID"u8, identity.NodeId);
        json.WriteString("Revision"u8, "");
        json.WriteBoolean("Server"u8, true);
        json.WriteString("Version"u8, AgentIdentity.ApiVersion);
        json.WriteEndObject();
        json.WritePropertyName("DebugConfig"u8);
        config.WriteTo(json);

        // It measures nobody.
        json.WritePropertyName("Coord"u8);
        WireJson.Coordinate(json, NetworkCoordinate.Origin);
        json.WritePropertyName("Member"u8);
        Member(json, identity.Member);
        Stats(json, identity, root);
        WireJson.TextMap(json, "Meta"u8, identity.Node.Meta);
        json.WriteEndObject();
    });

    private ValueTask MembersAsync(AgentRequest request)
    {
        var wan = request.Query["wan"].Length > 0;
        var segment = request.Query["segment"];
        return segment is "" or "_all" ? List()
            : wan ? request.TextAsync(StatusCodes.Status400BadRequest, "Cannot provide a segment with wan=true")
            : request.TextAsync(StatusCodes.Status500InternalServerError, "Network segments are not supported in this version of Consul");

        ValueTask List() => request.JsonAsync((member: wan ? core.Identity.WanMember : core.Identity.Member, access: request.Access), static (json, state) =>
        {
            json.WriteStartArray();
            if (state.access.CanReadNode(state.member.Name))
            {
                Member(json, state.member);
            }

            json.WriteEndArray();
        });
    }

    private async ValueTask MaintenanceAsync(AgentRequest request)
    {
        if (Maintenance.ReadEnable(request.Query, out var fault) is not { } enable)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        request.Demand(AclResource.Node, core.Identity.NodeName, AclAccess.Write);
        await Maintenance.SetForNodeAsync(core, enable, request.Query["reason"]).ConfigureAwait(false);
        await request.EmptyAsync().ConfigureAwait(false);
    }

    private ValueTask JoinAsync(AgentRequest request)
    {
        // Joining oneself succeeds, as in Consul; there is nobody else to join.
        var address = request.Tail;
        return address == core.Identity.Address || address is "127.0.0.1" or "localhost" or "::1"
            ? request.EmptyAsync()
            : request.TextAsync(
                StatusCodes.Status500InternalServerError,
                $"1 error occurred:\n\t* Failed to join {address}: this agent is a single node; for a cluster run Consul agents\n\n");
    }

    private async ValueTask ReloadAsync(AgentRequest request)
    {
        try
        {
            await reload().ConfigureAwait(false);
        }
        catch (ConsulAgentException fault)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, fault.Message).ConfigureAwait(false);
            return;
        }

        await request.EmptyAsync().ConfigureAwait(false);
    }

    private ValueTask LeaveAsync(AgentRequest request)
    {
        leave();
        return request.EmptyAsync();
    }

    private ValueTask ForceLeaveAsync(AgentRequest request) =>
        request.Tail == core.Identity.NodeName
            ? request.EmptyAsync()
            : request.TextAsync(StatusCodes.Status500InternalServerError, $"agent: No node found with name '{request.Tail}'");

    private static void Member(Utf8JsonWriter json, AgentMember member)
    {
        json.WriteStartObject();
        json.WriteString("Name"u8, member.Name);
        json.WriteString("Addr"u8, member.Addr);
        json.WriteNumber("Port"u8, member.Port);
        WireJson.TextMap(json, "Tags"u8, member.Tags);
        json.WriteNumber("Status"u8, member.Status);
        json.WriteNumber("ProtocolMin"u8, member.ProtocolMin);
        json.WriteNumber("ProtocolMax"u8, member.ProtocolMax);
        json.WriteNumber("ProtocolCur"u8, member.ProtocolCur);
        json.WriteNumber("DelegateMin"u8, member.DelegateMin);
        json.WriteNumber("DelegateMax"u8, member.DelegateMax);
        json.WriteNumber("DelegateCur"u8, member.DelegateCur);
        json.WriteEndObject();
    }

    // All values are strings, as in Consul, which prints them in `consul info`.
    private static void Stats(Utf8JsonWriter json, AgentIdentity identity, StoreRoot root)
    {
        json.WriteStartObject("Stats"u8);
        json.WriteStartObject("agent"u8);
        json.WriteString("checks"u8, root.Local.Checks.Count.ToString(CultureInfo.InvariantCulture));
        json.WriteString("services"u8, root.Local.Services.Count.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteStartObject("build"u8);
        json.WriteString("prerelease"u8, "");
        json.WriteString("revision"u8, "");
        json.WriteString("version"u8, AgentIdentity.ApiVersion);
        json.WriteEndObject();
        json.WriteStartObject("consul"u8);
        json.WriteString("acl"u8, identity.HasAcls ? "enabled" : "disabled");
        json.WriteString("bootstrap"u8, identity.IsBootstrap ? "true" : "false");
        json.WriteString("known_datacenters"u8, "1");
        json.WriteString("leader"u8, "true");
        json.WriteString("leader_addr"u8, identity.ServerAddress);
        json.WriteString("server"u8, "true");
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
