using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>internal/ui/…</c>: services and nodes as Consul's own pages show them.</summary>
internal sealed class UiEndpoints(AgentCore core)
{
    private readonly CatalogRead _read = new(core, tellsConsistency: false);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/internal/ui/services", ("GET", ServicesAsync));
        routes.Add("/v1/internal/ui/nodes", ("GET", NodesAsync));
        routes.Add("/v1/internal/ui/node/", ("GET", NodeAsync));
        routes.Add("/v1/internal/ui/gateway-services-nodes/", ("GET", GatewayServicesAsync));
    }

    private async ValueTask ServicesAsync(AgentRequest request)
    {
        var (root, matches) = await _read.BeginAsync(request, null, CatalogFields.Health, Topic.Catalog, Index).ConfigureAwait(false);
        if (root is not null)
        {
            var instances = root.Catalog.Services.Values.SelectMany(static entry => entry.Instances.Values).Where(matches);
            await request.JsonAsync(instances, UiJson.Summaries).ConfigureAwait(false);
        }
    }

    private async ValueTask NodesAsync(AgentRequest request)
    {
        var (root, matches) = await _read.BeginAsync(request, null, CatalogFields.NodeWithAll, Topic.Catalog, Index).ConfigureAwait(false);
        if (root is null)
        {
            return;
        }

        // The filter may ask for services and checks, so it gets nodes as they are shown.
        var access = request.Access;
        await request.JsonAsync(root.Catalog.Nodes.Values.Select(node => AclFilter.Narrow(access, node)).Where(matches), static (json, nodes) =>
        {
            json.WriteStartArray();
            foreach (var node in nodes)
            {
                UiJson.Node(json, node);
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    private async ValueTask NodeAsync(AgentRequest request)
    {
        if (await _read.BeginAsync(request, Topic.Node(request.Tail), Index, missing: "node name").ConfigureAwait(false) is not { } root)
        {
            return;
        }

        var access = request.Access;
        if (root.Catalog.FindNode(request.Tail) is { } node && access.CanReadNode(node.Node.Node))
        {
            await request.JsonAsync(AclFilter.Narrow(access, node), UiJson.Node).ConfigureAwait(false);
            return;
        }

        request.ClearIndex();
        await request.EmptyAsync(StatusCodes.Status404NotFound).ConfigureAwait(false);
    }

    private async ValueTask GatewayServicesAsync(AgentRequest request)
    {
        // As where there is no mesh, nothing ever wakes who waits for it.
        if (await _read.BeginAsync(request, Topic.Gateways, static (_, _) => 1, missing: "gateway name").ConfigureAwait(false) is not null)
        {
            await request.JsonAsync(0, static (json, _) => WireJson.Texts(json, [])).ConfigureAwait(false);
        }
    }

    private static ulong Index(StoreRoot root, string name) => Math.Max(root.Catalog.NodeServicesIndex, root.Catalog.ChecksIndex);
}
