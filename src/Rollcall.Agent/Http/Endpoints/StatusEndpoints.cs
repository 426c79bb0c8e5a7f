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

    private ValueTask LeaderAsync(AgentRequest request) => Refuse(request, out var answer)
        ? answer
        : request.JsonAsync(core.Identity.ServerAddress, static (json, address) => json.WriteStringValue(address));

    private ValueTask PeersAsync(AgentRequest request) => Refuse(request, out var answer)
        ? answer
        : request.JsonAsync(core.Identity.ServerAddress, static (json, address) => WireJson.Texts(json, [address]));

    // These take the parameters of a read, though they have nothing to wait for.
    private bool Refuse(AgentRequest request, out ValueTask answer)
    {
        var fault = QueryOptions.Parse(request, out _);
        var otherDatacenter = core.IsOtherDatacenter(request.Query["dc"]);
        answer = fault is not null ? request.TextAsync(StatusCodes.Status400BadRequest, fault)
            : otherDatacenter ? request.TextAsync(StatusCodes.Status500InternalServerError, AgentCore.NoPath)
            : default;
        return fault is not null || otherDatacenter;
    }
}
