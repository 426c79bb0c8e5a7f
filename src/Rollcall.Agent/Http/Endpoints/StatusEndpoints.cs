using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Http.Json;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>status/…</c>: the agent leads itself.</summary>
internal sealed class StatusEndpoints(AgentCore core)
{
    public void Map(RouteTable routes)
    {
        routes.Add("/v1/status/leader", ("GET", LeaderAsync));
        routes.Add("/v1/status/peers", ("GET", PeersAsync));
    }

    private ValueTask LeaderAsync(AgentRequest request) => core.IsOtherDatacenter(request.Query["dc"])
        ? request.TextAsync(StatusCodes.Status500InternalServerError, AgentCore.NoPath)
        : request.JsonAsync(core.Identity.ServerAddress, static (json, address) => json.WriteStringValue(address));

    private ValueTask PeersAsync(AgentRequest request) => core.IsOtherDatacenter(request.Query["dc"])
        ? request.TextAsync(StatusCodes.Status500InternalServerError, AgentCore.NoPath)
        : request.JsonAsync(core.Identity.ServerAddress, static (json, address) => WireJson.Texts(json, [address]));
}
