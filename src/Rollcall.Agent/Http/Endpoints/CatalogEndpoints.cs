using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http.Json;
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
        if (QueryOptions.ConsistencyFault(request.Query) is { } fault)
        {
            return request.TextAsync(StatusCodes.Status400BadRequest, fault);
        }

        if (request.Query.Has("cached"))
        {
            request.SetCached();
        }

        return request.JsonAsync(core.Identity.Datacenter, static (json, datacenter) => WireJson.Texts(json, [datacenter]));
    }

    private async ValueTask NodesAsync(AgentRequest request)
    {
        if (FilterCompiler.TryCompile(request.Query["filter"], CatalogFields.Node, out var error) is not { } matches)
        {
            await request.CatalogErrorAsync(error).ConfigureAwait(false);
            return;
        }

        var root = await _read.BeginAsync(request, Topic.Nodes, static (root, _) => root.Catalog.NodesIndex, "").ConfigureAwait(false);
        if (root is null)
        {
            return;
        }

        var filter = new InstanceFilter(request.Query);
        await request.JsonAsync((root, filter, matches), static (json, state) =>
        {
            json.WriteStartArray();
            foreach (var (_, node) in state.root.Catalog.Nodes)
            {
                if (state.filter.MatchesNode(node.Node.Meta) && state.matches(node.Node))
                {
                    WireJson.Node(json, node.Node);
                }
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    /// <summary>The node, and the services on it that the filter lets through. Not go: the request has been answered.</summary>
    private async ValueTask<(bool Go, NodeEntry? Node, Func<NodeService, bool> Matches)> FindNodeAsync(AgentRequest request)
    {
        if (request.Tail.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing node name").ConfigureAwait(false);
            return (false, null, static _ => false);
        }

        if (FilterCompiler.TryCompile(request.Query["filter"], CatalogFields.Service, out var error) is not { } matches)
        {
            await request.CatalogErrorAsync(error).ConfigureAwait(false);
            return (false, null, static _ => false);
        }

        var root = await _read
            .BeginAsync(request, Topic.Node(request.Tail), static (root, name) => root.Catalog.NodeIndex(name), request.Tail)
            .ConfigureAwait(false);
        return (root is not null, root?.Catalog.FindNode(request.Tail), matches);
    }

    private async ValueTask NodeAsync(AgentRequest request)
    {
        var (go, found, matches) = await FindNodeAsync(request).ConfigureAwait(false);
        if (!go)
        {
            return;
        }

        await request.JsonAsync((found, matches), static (json, state) =>
        {
            var node = state.found;
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
        var (go, found, matches) = await FindNodeAsync(request).ConfigureAwait(false);
        if (!go)
        {
            return;
        }

        await request.JsonAsync((found, matches), static (json, state) =>
        {
            var node = state.found;
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
                json.WriteStartArray("Services"u8);
                foreach (var service in node.Services.Values.Where(state.matches))
                {
                    WireJson.Service(json, service);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask ServicesAsync(AgentRequest request)
    {
        var root = await _read
            .BeginAsync(request, Topic.Services, static (root, _) => root.Catalog.ServicesIndex, "", cacheable: true)
            .ConfigureAwait(false);
        if (root is null)
        {
            return;
        }

        var filter = new InstanceFilter(request.Query);
        await request.JsonAsync(ServicesBody(root, filter), (root, filter), static (json, state) =>
        {
            json.WriteStartObject();
            foreach (var entry in state.root.Catalog.Services.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                var matching = entry.Instances.Values.Where(instance => state.filter.MatchesNode(instance.Node.Meta)).ToList();
                if (matching.Count > 0)
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
        var name = request.Tail;
        if (name.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing service name").ConfigureAwait(false);
            return;
        }

        if (FilterCompiler.TryCompile(request.Query["filter"], CatalogFields.Catalog, out var error) is not { } matches)
        {
            await request.CatalogErrorAsync(error).ConfigureAwait(false);
            return;
        }

        var root = await _read
            .BeginAsync(request, Topic.Service(name), static (root, name) => root.Catalog.ServiceIndex(name), name, cacheable: true)
            .ConfigureAwait(false);
        if (root is null)
        {
            return;
        }

        var entry = root.Catalog.FindService(name);
        if (entry is null)
        {
            await request.JsonAsync(0, static (json, _) => WireJson.Checks(json, [])).ConfigureAwait(false);
            return;
        }

        var filter = new InstanceFilter(request.Query);
        await request.JsonAsync(core.Bodies.Of(entry, "catalog " + filter.View), (entry, filter, matches), static (json, state) =>
        {
            json.WriteStartArray();
            foreach (var (_, instance) in state.entry.Instances)
            {
                if (state.filter.Matches(instance) && state.matches(instance))
                {
                    WireJson.CatalogEntry(json, instance);
                }
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    private SharedBody ServicesBody(StoreRoot root, InstanceFilter filter)
    {
        if (filter.HasNodeMeta)
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
