using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;
using Rollcall.Agent.Store.Watching;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>agent/service…</c>: registrations on this agent.</summary>
internal sealed class ServiceEndpoints(AgentCore core)
{
    private readonly LocalDemands _demands = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/agent/services", ("GET", ListAsync));
        routes.Add("/v1/agent/service/", ("GET", GetAsync));
        routes.Add("/v1/agent/service/register", ("PUT", RegisterAsync));
        routes.Add("/v1/agent/service/deregister/", ("PUT", DeregisterAsync));
        routes.Add("/v1/agent/service/maintenance/", ("PUT", MaintenanceAsync));
    }

    private async ValueTask ListAsync(AgentRequest request)
    {
        if (request.Filter(CatalogFields.Service, out var error) is not { } matches)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, error).ConfigureAwait(false);
            return;
        }

        await request.BeginFilterAsync().ConfigureAwait(false);
        await request.JsonAsync((core.Store.Root.Local.Services, matches: AclFilter.Narrow(request.Access, matches)), static (json, state) =>
        {
            json.WriteStartObject();
            foreach (var (id, service) in state.Services.Where(pair => state.matches(pair.Value.Service)))
            {
                json.WritePropertyName(id);
                AgentJson.Service(json, service.Service);
            }

            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask GetAsync(AgentRequest request)
    {
        if (QueryOptions.Parse(request, out var options) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        // Who is nobody is told so before he learns what there is.
        _ = request.Access;

        // This one waits on a hash, because the agent's own list has no index. Index 1 is "the service is as the client has it".
        var (id, hash) = (request.Tail, request.Query["hash"]);
        var root = hash.Length == 0
            ? core.Store.Root
            : await core.Blocking.WaitAsync(
                options with { MinIndex = 1 },
                Topic.LocalService(id),
                (root, name) => root.Local.Services.TryGetValue(name, out var known) && ContentHash.Of(known.Service) == hash ? 1UL : 2UL,
                id,
                request).ConfigureAwait(false);
        if (!root.Local.Services.TryGetValue(id, out var service))
        {
            await request.TextAsync(StatusCodes.Status404NotFound, $"unknown service ID: {id}").ConfigureAwait(false);
            return;
        }

        request.Demand(AclResource.Service, service.Service.Service, AclAccess.Read);
        var current = ContentHash.Of(service.Service);
        request.Context.Response.Headers[Consul.Wire.ConsulHeaders.ContentHash] = current;
        await request.JsonAsync((service, current), static (json, state) => AgentJson.Service(json, state.service.Service, state.current))
            .ConfigureAwait(false);
    }

    private async ValueTask RegisterAsync(AgentRequest request)
    {
        var definition = new ServiceDefinition();
        if (!await RequestBody.TryDecodeAsync(request, ServiceDefinition.Type, definition).ConfigureAwait(false))
        {
            return;
        }

        // Present without a value counts as true, as in Consul.
        var replace = request.Query.Has("replace-existing-checks") && request.Query["replace-existing-checks"] is "" or "true" or "1";
        var command = ServiceRules.ToCommand(definition, replace, core.ScriptsEnabled, out var status, out var error);
        if (command is null)
        {
            await request.TextAsync(status, error).ConfigureAwait(false);
            return;
        }

        command = Vet(request, command, with: null);
        command = command with { Sidecar = command.Sidecar is { } sidecar ? Vet(request, sidecar, command.Service) : null };
        if (await core.Registry.RegisterServiceAsync(command).ConfigureAwait(false) is { } portFault)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, $"Bad request: Invalid SidecarService: {portFault}").ConfigureAwait(false);
            return;
        }

        await request.EmptyAsync().ConfigureAwait(false);
    }

    /// <summary>Demands what it takes to register a service.</summary>
    /// <param name="request">The request.</param>
    /// <param name="command">The service.</param>
    /// <param name="with">The service that it is registered with; null: it is registered by itself.</param>
    private RegisterService Vet(AgentRequest request, RegisterService command, NodeService? with)
    {
        var name = command.Service.Service;
        request.Demand(AclResource.Service, name, AclAccess.Write, told: name);
        _demands.ReplacedService(request, command.Service.Id, told: name);
        if (CatalogAcl.DestinationOf(command.Service) is { } destination)
        {
            request.Demand(AclResource.Service, destination, AclAccess.Write, told: destination);
        }

        foreach (var check in command.Checks)
        {
            _demands.ReplacedCheck(request, check.Check.CheckId);
        }

        return command with { Checks = [.. command.Checks.Select(check => _demands.Alias(request, check, with))] };
    }

    private async ValueTask DeregisterAsync(AgentRequest request)
    {
        if (request.Tail.Length == 0 && !request.Acl.IsEnabled)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, "ServiceID missing").ConfigureAwait(false);
            return;
        }

        if (await RefuseUnknownAsync(request).ConfigureAwait(false))
        {
            return;
        }

        await core.Registry.DeregisterServiceAsync(request.Tail).ConfigureAwait(false);
        await request.EmptyAsync().ConfigureAwait(false);
    }

    private async ValueTask MaintenanceAsync(AgentRequest request)
    {
        if (request.Tail.Length == 0)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, "Missing service ID").ConfigureAwait(false);
            return;
        }

        if (Maintenance.ReadEnable(request.Query, out var fault) is not { } enable)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return;
        }

        if (await RefuseUnknownAsync(request).ConfigureAwait(false))
        {
            return;
        }

        if (!await Maintenance.SetForServiceAsync(core, request.Tail, enable, request.Query["reason"]).ConfigureAwait(false))
        {
            await request.TextAsync(StatusCodes.Status404NotFound, $"No service registered with ID \"{request.Tail}\"")
                .ConfigureAwait(false);
            return;
        }

        await request.EmptyAsync().ConfigureAwait(false);
    }

    /// <summary>Whether the service may be changed depends on its name, so with access rules one that is not there is refused.</summary>
    private async ValueTask<bool> RefuseUnknownAsync(AgentRequest request)
    {
        if (core.Store.Root.Local.Services.TryGetValue(request.Tail, out var service))
        {
            request.Demand(AclResource.Service, service.Service.Service, AclAccess.Write, told: service.Service.Service);
            return false;
        }

        if (!request.Acl.IsEnabled)
        {
            return false;
        }

        _ = request.Access;
        await request.TextAsync(StatusCodes.Status500InternalServerError, $"Unknown service {{\"{request.Tail}\" {{}}}}").ConfigureAwait(false);
        return true;
    }
}
