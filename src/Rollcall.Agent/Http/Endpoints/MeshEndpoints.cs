using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>What is called in place of a service by those of the service mesh, and what gateways lead to.</summary>
internal sealed class MeshEndpoints(AgentCore core, HealthEndpoints health)
{
    private readonly CatalogRead _read = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/catalog/connect/", ("GET", request => ConnectedAsync(request, CatalogFields.Catalog, "catalog", static _ => true, WireJson.CatalogEntry)));
        routes.Add("/v1/catalog/gateway-services/", ("GET", GatewayServicesAsync));
        routes.Add("/v1/health/connect/", ("GET", HealthAsync));
        routes.Add("/v1/health/ingress/", ("GET", IngressAsync));
    }

    private ValueTask HealthAsync(AgentRequest request) => HealthEndpoints.ReadPassing(request.Query) is { } passing
        ? ConnectedAsync(request, CatalogFields.Health, passing ? "passing" : "health", instance => !passing || instance.AllPassing, WireJson.HealthEntry)
        : ConnectedAsync(request, CatalogFields.Health, "", null, WireJson.HealthEntry);

    private async ValueTask ConnectedAsync(
        AgentRequest request, FilterFields<ServiceInstance> fields, string kind, Func<ServiceInstance, bool>? include, Action<Utf8JsonWriter, ServiceInstance> write)
    {
        var (root, matches) = await _read
            .BeginAsync(request, "service name", fields, Topic.Service(request.Tail), static (root, name) => root.Catalog.ConnectedIndex(name), cacheable: true)
            .ConfigureAwait(false);
        if (root is null)
        {
            return;
        }

        if (include is null)
        {
            await HealthEndpoints.BadPassingAsync(request).ConfigureAwait(false);
        }
        else
        {
            // As in Consul: who may not read the service, however it is spelled, is not told of what stands before it, and tags are read over.
            var access = request.Access;
            var entry = access.CanReadService(request.Tail) ? root.Catalog.FindConnected(request.Tail, access.CanReadService) : null;
            await InstanceList.AnswerAsync(
                core,
                request,
                root,
                entry,
                kind,
                instance => (CatalogState.ConnectedNameOf(instance.Service) is not { } connected || access.CanReadService(connected)) && include(instance) && matches(instance),
                write,
                byTag: false).ConfigureAwait(false);
        }
    }

    private async ValueTask IngressAsync(AgentRequest request)
    {
        // As in Consul, who asks for tags is told of the service itself.
        if (request.Query.Has("tag"))
        {
            await health.ServiceAsync(request).ConfigureAwait(false);
            return;
        }

        var (root, matches) = await _read
            .BeginAsync(request, "service name", CatalogFields.Health, Topic.Gateways, static (root, name) => root.Catalog.IngressIndex(name), cacheable: true)
            .ConfigureAwait(false);
        if (root is null)
        {
            return;
        }

        if (HealthEndpoints.ReadPassing(request.Query) is not { } passing)
        {
            await HealthEndpoints.BadPassingAsync(request).ConfigureAwait(false);
        }
        else
        {
            var access = request.Access;
            await InstanceList.AnswerAsync(
                core,
                request,
                root,
                access.CanReadService(request.Tail) ? root.Catalog.FindIngress(request.Tail, access.CanReadService) : null,
                passing ? "passing" : "health",
                instance => (!passing || instance.AllPassing) && matches(instance),
                WireJson.HealthEntry,
                byTag: false).ConfigureAwait(false);
        }
    }

    private async ValueTask GatewayServicesAsync(AgentRequest request)
    {
        if (await _read.BeginAsync(request, Topic.Gateways, GatewayList.Index, missing: "gateway name").ConfigureAwait(false) is { } root)
        {
            var access = request.Access;
            var links = GatewayList.Of(root, request.Tail).Where(link => access.CanReadService(link.Service)).ToArray();

            // Where there are no access rules, Consul does not look through what it found, and so makes no list of nothing.
            await request.JsonAsync(links.Length == 0 && !request.Acl.IsEnabled ? null : links, MeshJson.Links).ConfigureAwait(false);
        }
    }
}
