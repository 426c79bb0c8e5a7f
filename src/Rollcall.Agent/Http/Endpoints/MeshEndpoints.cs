using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>Instances that can be reached through the service mesh: none, because there is none here.</summary>
internal sealed class MeshEndpoints(AgentCore core)
{
    private readonly CatalogRead _read = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/catalog/connect/", ("GET", request => NoneAsync(request, "service name", CatalogFields.Catalog)));
        routes.Add("/v1/catalog/gateway-services/", ("GET", GatewayServicesAsync));
        routes.Add("/v1/health/connect/", ("GET", HealthAsync));
        routes.Add("/v1/health/ingress/", ("GET", HealthAsync));
    }

    private ValueTask HealthAsync(AgentRequest request) => HealthEndpoints.ReadPassing(request.Query) is null
        ? request.TextAsync(StatusCodes.Status400BadRequest, "Invalid value for ?passing")
        : NoneAsync(request, "service name", CatalogFields.Health);

    private async ValueTask NoneAsync(AgentRequest request, string missing, FilterFields<ServiceInstance> fields)
    {
        var (root, _) = await _read
            .BeginAsync(request, missing, fields, Topic.Service(request.Tail), static (root, name) => root.Catalog.ServiceIndex(name), cacheable: true)
            .ConfigureAwait(false);
        if (root is not null)
        {
            await request.JsonAsync(0, static (json, _) => WireJson.Texts(json, [])).ConfigureAwait(false);
        }
    }

    private async ValueTask GatewayServicesAsync(AgentRequest request)
    {
        if (request.Tail.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing gateway name").ConfigureAwait(false);
            return;
        }

        // Nothing ever wakes who waits for it.
        if (await _read.BeginAsync(request, Topic.Gateways, static (_, _) => 1).ConfigureAwait(false) is not null)
        {
            await request.JsonAsync(0, static (json, _) => json.WriteNullValue()).ConfigureAwait(false);
        }
    }
}
