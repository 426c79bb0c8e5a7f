using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Queries;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>health/…</c>: instances and checks of the whole catalog.</summary>
internal sealed class HealthEndpoints(AgentCore core)
{
    private const string AnyState = "any";

    private readonly CatalogRead _read = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/health/service/", ("GET", ServiceAsync));
        routes.Add("/v1/health/node/", ("GET", NodeAsync));
        routes.Add("/v1/health/checks/", ("GET", ChecksAsync));
        routes.Add("/v1/health/state/", ("GET", StateAsync));
    }

    /// <summary>The answer where <see cref="ReadPassing"/> can't read it.</summary>
    internal static ValueTask BadPassingAsync(AgentRequest request)
    {
        request.ClearIndex();
        return request.TextAsync(StatusCodes.Status400BadRequest, "Invalid value for ?passing");
    }

    internal async ValueTask ServiceAsync(AgentRequest request)
    {
        var (root, matches) = await _read
            .BeginAsync(
                request,
                "service name",
                CatalogFields.Health,
                Topic.Service(request.Tail),
                static (root, name) => root.Catalog.ServiceIndex(name),
                cacheable: true)
            .ConfigureAwait(false);
        if (root is null)
        {
            return;
        }

        if (ReadPassing(request.Query) is not { } passing)
        {
            await BadPassingAsync(request).ConfigureAwait(false);
        }
        else
        {
            await InstanceList.AnswerAsync(
                core,
                request,
                root,
                root.Catalog.FindService(request.Tail),
                passing ? "passing" : "health",
                instance => (!passing || instance.AllPassing) && matches(instance),
                WireJson.HealthEntry).ConfigureAwait(false);
        }
    }

    private async ValueTask NodeAsync(AgentRequest request)
    {
        var (root, matches) = await _read
            .BeginAsync(
                request, "node name", CatalogFields.Check, Topic.Node(request.Tail), static (root, _) => root.Catalog.ChecksIndex)
            .ConfigureAwait(false);
        if (root is not null)
        {
            var checks = root.Catalog.FindNode(request.Tail)?.Checks.Values.Where(matches);
            await request.JsonAsync(checks, static (json, checks) => WireJson.Checks(json, checks ?? [])).ConfigureAwait(false);
        }
    }

    private async ValueTask ChecksAsync(AgentRequest request)
    {
        // Selected by metadata of nodes, the checks follow those, too; a node that changes wakes whoever waits for a service on it.
        var filter = InstanceFilter.Of(request.Query);
        var (root, matches) = await _read
            .BeginAsync(
                request,
                "service name",
                CatalogFields.Check,
                Topic.Service(request.Tail),
                filter.HasNodeMeta ? static (root, _) => Math.Max(root.Catalog.ChecksIndex, root.Catalog.NodesIndex) : static (root, _) => root.Catalog.ChecksIndex)
            .ConfigureAwait(false);
        if (root is not null)
        {
            var checks = root.Catalog.ChecksOf(request.Tail)
                .Where(found => filter.MatchesNode(found.Node.Meta))
                .Select(static found => found.Check)
                .Where(matches);
            await request.JsonAsync(Sort(request, root, checks), static (json, checks) => WireJson.Checks(json, checks)).ConfigureAwait(false);
        }
    }

    private async ValueTask StateAsync(AgentRequest request)
    {
        var (root, matches) = await _read
            .BeginAsync(request, "check state", CatalogFields.Check, Topic.Checks, static (root, _) => root.Catalog.ChecksIndex)
            .ConfigureAwait(false);
        if (root is not null)
        {
            var state = request.Tail;
            var filter = InstanceFilter.Of(request.Query);
            var checks = root.Catalog.Nodes.Values
                .Where(node => filter.MatchesNode(node.Node.Meta))
                .SelectMany(node => node.Checks.Values)
                .Where(check => (state == AnyState || check.Status == state) && matches(check));
            await request.JsonAsync(Sort(request, root, checks), static (json, checks) => WireJson.Checks(json, checks)).ConfigureAwait(false);
        }
    }

    private IEnumerable<HealthCheck> Sort(AgentRequest request, StoreRoot root, IEnumerable<HealthCheck> checks) =>
        NodeDistances.Sort(root, core.Near(request.Query), checks, static check => check.Node);

    /// <summary>Present without a value is true; null: not a boolean.</summary>
    internal static bool? ReadPassing(in Query query) => query["passing"] switch
    {
        "" => query.Has("passing"),
        var text => GoBool.Read(text),
    };
}
