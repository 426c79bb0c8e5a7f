using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http.Json;
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

    private async ValueTask ServiceAsync(AgentRequest request)
    {
        var name = request.Tail;
        if (name.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing service name").ConfigureAwait(false);
            return;
        }

        if (ReadPassing(request.Query) is not { } passing)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Invalid value for ?passing").ConfigureAwait(false);
            return;
        }

        if (FilterCompiler.TryCompile(request.Query["filter"], CatalogFields.Health, out var error) is not { } matches)
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

        var filter = new InstanceFilter(request.Query);
        var entry = root.Catalog.FindService(name);
        if (entry is null)
        {
            await request.JsonAsync(0, static (json, _) => WireJson.Checks(json, [])).ConfigureAwait(false);
            return;
        }

        var shared = core.Bodies.Of(entry, (passing ? "health passing " : "health ") + filter.View);
        await request.JsonAsync(shared, (entry, filter, passing, matches), static (json, state) =>
        {
            json.WriteStartArray();
            foreach (var (_, instance) in state.entry.Instances)
            {
                if (state.filter.Matches(instance) && (!state.passing || instance.AllPassing) && state.matches(instance))
                {
                    WireJson.HealthEntry(json, instance);
                }
            }

            json.WriteEndArray();
        }).ConfigureAwait(false);
    }

    private async ValueTask NodeAsync(AgentRequest request)
    {
        var name = request.Tail;
        if (name.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing node name").ConfigureAwait(false);
            return;
        }

        if (FilterCompiler.TryCompile(request.Query["filter"], CatalogFields.Check, out var error) is not { } matches)
        {
            await request.CatalogErrorAsync(error).ConfigureAwait(false);
            return;
        }

        var root = await _read.BeginAsync(request, Topic.Node(name), static (root, name) => root.Catalog.NodeIndex(name), name)
            .ConfigureAwait(false);
        if (root is not null)
        {
            var checks = root.Catalog.FindNode(name)?.Checks.Values.Where(matches);
            await request.JsonAsync(checks, static (json, checks) => WireJson.Checks(json, checks ?? [])).ConfigureAwait(false);
        }
    }

    private async ValueTask ChecksAsync(AgentRequest request)
    {
        var name = request.Tail;
        if (name.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing service name").ConfigureAwait(false);
            return;
        }

        if (FilterCompiler.TryCompile(request.Query["filter"], CatalogFields.Check, out var error) is not { } matches)
        {
            await request.CatalogErrorAsync(error).ConfigureAwait(false);
            return;
        }

        var root = await _read.BeginAsync(request, Topic.Service(name), static (root, name) => root.Catalog.ServiceIndex(name), name)
            .ConfigureAwait(false);
        if (root is not null)
        {
            var filter = new InstanceFilter(request.Query);
            var checks = root.Catalog.FindService(name)?.Instances.Values
                .Where(instance => filter.MatchesNode(instance.Node.Meta))
                .SelectMany(instance => instance.Checks.Values)
                .Where(matches);
            await request.JsonAsync(checks, static (json, checks) => WireJson.Checks(json, checks ?? [])).ConfigureAwait(false);
        }
    }

    private async ValueTask StateAsync(AgentRequest request)
    {
        var state = request.Tail;
        if (state.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing check state").ConfigureAwait(false);
            return;
        }

        if (FilterCompiler.TryCompile(request.Query["filter"], CatalogFields.Check, out var error) is not { } matches)
        {
            await request.CatalogErrorAsync(error).ConfigureAwait(false);
            return;
        }

        var root = await _read.BeginAsync(request, Topic.Checks, static (root, _) => root.Catalog.ChecksIndex, state).ConfigureAwait(false);
        if (root is not null)
        {
            var filter = new InstanceFilter(request.Query);
            var checks = root.Catalog.Nodes.Values
                .Where(node => filter.MatchesNode(node.Node.Meta))
                .SelectMany(node => node.Checks.Values)
                .Where(check => (state == AnyState || check.Status == state) && matches(check));
            await request.JsonAsync(checks, static (json, checks) => WireJson.Checks(json, checks)).ConfigureAwait(false);
        }
    }

    /// <summary>Present without a value is true; null: not a boolean.</summary>
    private static bool? ReadPassing(in Query query) => query["passing"] switch
    {
        "" => query.Has("passing"),
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };
}
