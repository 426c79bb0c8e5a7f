using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Queries;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>catalog/…</c>, reading.</summary>
internal sealed class CatalogEndpoints(AgentCore core)
{
    private readonly CatalogRead _read = new(core);

    // The list of services at one index; replaced when the index has moved. Many clients poll it.
    private volatile Tuple<ulong, SharedBody> _services = Tuple.Create(0UL, new SharedBody());

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/catalog/datacenters", ("GET", DatacentersAsync));
        routes.Add("/v1/catalog/nodes", ("GET", NodesAsync));
        routes.Add("/v1/catalog/node/", ("GET", NodeAsync));
        routes.Add("/v1/catalog/node-services/", ("GET", NodeServicesAsync));
        routes.Add("/v1/catalog/services", ("GET", ServicesAsync));
        routes.Add("/v1/catalog/service/", ("GET", ServiceAsync));
    }

    private ValueTask DatacentersAsync(AgentRequest request)
    {
        if ((QueryOptions.ConsistencyFault(request.Query) ?? QueryOptions.CacheFault(request)) is { } fault)
        {
            return request.TextAsync(StatusCodes.Status400BadRequest, fault);
        }

        if (request.Query.Has("cached"))
        {
            request.SetCached(core.Cached.Ask(request));
        }

        return request.JsonAsync(core.Identity.Datacenter, static (json, datacenter) => WireJson.Texts(json, [datacenter]));
    }

    private async ValueTask NodesAsync(AgentRequest request)
    {
        var (root, matches) = await _read
            .BeginAsync(request, null, CatalogFields.Node, Topic.Nodes, static (root, _) => root.Catalog.NodesIndex)
            .ConfigureAwait(false);
        if (root is null)
        {
            return;
        }

        var filter = InstanceFilter.Of(request.Query);
        var nodes = NodeDistances.Sort(root, core.Near(request.Query), root.Catalog.Nodes.Values, static node => node.Node.Node);
        await request.JsonAsync((nodes, filter, matches), static (json, state) =>
        {
            json.WriteStartArray();
            foreach (var node in state.nodes)
            {
                if (state.filter.MatchesNode(node.Node.Meta) && state.matches(node.Node))
                {
                    WireJson.Node(json, node.Node);
                }
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    private ValueTask<(StoreRoot? Root, Func<NodeService, bool> Matches)> BeginNodeAsync(AgentRequest request) =>
        _read.BeginAsync(
            request, "node name", CatalogFields.Service, Topic.Node(request.Tail), static (root, _) => root.Catalog.NodeServicesIndex);

    private async ValueTask NodeAsync(AgentRequest request)
    {
        var (root, matches) = await BeginNodeAsync(request).ConfigureAwait(false);
        if (root is null)
        {
            return;
        }

        await request.JsonAsync((node: FindNode(root, request), matches), static (json, state) =>
        {
            var node = state.node;
            if (node is null)
            {
                json.WriteNullValue();
                return;
            }

            json.WriteStartObject();
            json.WritePropertyName("Node"u8);
            WireJson.Node(json, node.Node);
            json.WriteStartObject("Services"u8);
            foreach (var service in node.Services.Values.Where(state.matches))
            {
                json.WritePropertyName(service.Id);
                WireJson.Service(json, service);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask NodeServicesAsync(AgentRequest request)
    {
        var (root, matches) = await BeginNodeAsync(request).ConfigureAwait(false);
        if (root is null)
        {
            return;
        }

        await request.JsonAsync((node: FindNode(root, request), matches), static (json, state) =>
        {
            var node = state.node;
            json.WriteStartObject();
            if (node is null)
            {
                json.WriteNull("Node"u8);
                json.WriteNull("Services"u8);
            }
            else
            {
                json.WritePropertyName("Node"u8);
                WireJson.Node(json, node.Node);
                if (node.Services.IsEmpty)
                {
                    json.WriteNull("Services"u8);
                }
                else
                {
                    json.WriteStartArray("Services"u8);
                    foreach (var service in node.Services.Values.Where(state.matches))
                    {
                        WireJson.Service(json, service);
                    }

                    json.WriteEndArray();
                }
            }

            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask ServicesAsync(AgentRequest request)
    {
        // Selected by metadata of nodes, the list follows those, too.
        var filter = InstanceFilter.Of(request.Query);
        var root = await _read
            .BeginAsync(
                request,
                filter.HasNodeMeta ? Topic.Catalog : Topic.Services,
                filter.HasNodeMeta ? static (root, _) => root.Catalog.NodeServicesIndex : static (root, _) => root.Catalog.ServicesIndex,
                cacheable: true)
            .ConfigureAwait(false);
        if (root is null)
        {
            return;
        }

        var access = request.Access;
        await request.JsonAsync(ServicesBody(root, filter, access), (root, filter, access), static (json, state) =>
        {
            json.WriteStartObject();
            foreach (var entry in state.root.Catalog.Services.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                var matching = entry.Instances.Values.Where(instance => state.filter.MatchesNode(instance.Node.Meta)).ToList();
                if (matching.Count > 0 && state.access.CanReadService(entry.Name))
                {
                    json.WritePropertyName(entry.Name);
                    WireJson.Texts(json, Tags(matching));
                }
            }

            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask ServiceAsync(AgentRequest request)
    {
        var (root, matches) = await _read
            .BeginAsync(
                request,
                "service name",
                CatalogFields.Catalog,
                Topic.Service(request.Tail),
                static (root, name) => root.Catalog.ServiceIndex(name),
                cacheable: true)
            .ConfigureAwait(false);
        if (root is not null)
        {
            await InstanceList.AnswerAsync(core, request, root, root.Catalog.FindService(request.Tail), "catalog", matches, WireJson.CatalogEntry).ConfigureAwait(false);
        }
    }

    private static NodeEntry? FindNode(StoreRoot root, AgentRequest request) =>
        root.Catalog.FindNode(request.Tail) is { } node && request.Access.CanReadNode(node.Node.Node) ? node : null;

    private SharedBody ServicesBody(StoreRoot root, InstanceFilter filter, Authorizer access)
    {
        if (filter.HasNodeMeta || !access.IsUnrestricted)
        {
            return new SharedBody();
        }

        var known = _services;
        if (known.Item1 != root.Catalog.ServicesIndex)
        {
            _services = known = Tuple.Create(root.Catalog.ServicesIndex, new SharedBody());
        }

        return known.Item2;
    }

    private static List<string> Tags(List<ServiceInstance> instances) =>
        [.. instances.SelectMany(instance => instance.Service.Tags ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
