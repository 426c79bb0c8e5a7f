using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>What is called in place of a service by those of the service mesh, and what gateways lead to: nothing.</summary>
internal sealed class MeshEndpoints(AgentCore core)
{
    private readonly CatalogRead _read = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/catalog/connect/", ("GET", request => ConnectedAsync(request, CatalogFields.Catalog, "catalog", static _ => true, WireJson.CatalogEntry)));
        routes.Add("/v1/catalog/gateway-services/", ("GET", GatewayServicesAsync));
        routes.Add("/v1/health/connect/", ("GET", HealthAsync));
        routes.Add("/v1/health/ingress/", ("GET", IngressAsync));
    }

    private ValueTask HealthAsync(AgentRequest request) => HealthEndpoints.ReadPassing(request.Query) switch
    {
        null => HealthEndpoints.BadPassingAsync(request),
        true => ConnectedAsync(request, CatalogFields.Health, "passing", static instance => instance.AllPassing, WireJson.HealthEntry),
        _ => ConnectedAsync(request, CatalogFields.Health, "health", static _ => true, WireJson.HealthEntry),
    };

    private async ValueTask ConnectedAsync(
        AgentRequest request, FilterFields<ServiceInstance> fields, string kind, Func<ServiceInstance, bool> include, Action<Utf8JsonWriter, ServiceInstance> write)
    {
        var (root, matches) = await _read
            .BeginAsync(request, "service name", fields, Topic.Service(request.Tail), static (root, name) => root.Catalog.ConnectedIndex(name), cacheable: true)
            .ConfigureAwait(false);
        if (root is not null)
        {
            // As in Consul: who may not read the service, however it is spelled, is not told of what stands before it, and tags are read over.
            var access = request.Access;
            var entry = access.CanReadService(request.Tail) ? root.Catalog.FindConnected(request.Tail) : null;
            await InstanceList.AnswerAsync(
                core,
                request,
                root,
                entry,
                kind,
                instance => access.CanReadService(CatalogState.ConnectedNameOf(instance.Service)!) && include(instance) && matches(instance),
                write,
                byTag: false).ConfigureAwait(false);
        }
    }

    private async ValueTask IngressAsync(AgentRequest request)
    {
        if (HealthEndpoints.ReadPassing(request.Query) is null)
        {
            await HealthEndpoints.BadPassingAsync(request).ConfigureAwait(false);
            return;
        }

        var (root, _) = await _read
            .BeginAsync(request, "service name", CatalogFields.Health, Topic.Service(request.Tail), static (root, name) => root.Catalog.ServiceIndex(name), cacheable: true)
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
