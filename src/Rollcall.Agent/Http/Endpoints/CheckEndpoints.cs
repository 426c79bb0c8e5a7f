using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>agent/check…</c>: checks on this agent.</summary>
internal sealed class CheckEndpoints(AgentCore core)
{
    private readonly LocalDemands _demands = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/agent/checks", ("GET", ListAsync));
        routes.Add("/v1/agent/check/register", ("PUT", RegisterAsync));
        routes.Add("/v1/agent/check/deregister/", ("PUT", DeregisterAsync));
        routes.Add("/v1/agent/check/pass/", ("PUT", request => HeartbeatAsync(request, CheckStatus.Passing, request.Query["note"])));
        routes.Add("/v1/agent/check/warn/", ("PUT", request => HeartbeatAsync(request, CheckStatus.Warning, request.Query["note"])));
        routes.Add("/v1/agent/check/fail/", ("PUT", request => HeartbeatAsync(request, CheckStatus.Critical, request.Query["note"])));
        routes.Add("/v1/agent/check/update/", ("PUT", UpdateAsync));
    }

    private async ValueTask ListAsync(AgentRequest request)
    {
        if (request.Filter(CatalogFields.Check, out var error, isLate: true) is not { } matches)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, error).ConfigureAwait(false);
            return;
        }

        await request.BeginFilterAsync().ConfigureAwait(false);
        await request.JsonAsync((core.Store.Root.Local.Checks, matches: AclFilter.NarrowLocal(request.Access, matches)), static (json, state) =>
        {
            json.WriteStartObject();
            foreach (var (id, check) in state.Checks.Where(pair => state.matches(pair.Value.Check)))
            {
                json.WritePropertyName(id);
                WireJson.Check(json, check.Check);
            }

            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async ValueTask RegisterAsync(AgentRequest request)
    {
        var check = new CheckType();
        if (!await RequestBody.TryDecodeAsync(request, CheckType.Alone, check).ConfigureAwait(false))
        {
            return;
        }

        if (CheckRules.FaultOf(check, core.ScriptsEnabled) is { } fault)
        {
            await request.TextAsync(fault == CheckRules.ScriptsDisabled ? StatusCodes.Status500InternalServerError : StatusCodes.Status400BadRequest, fault)
                .ConfigureAwait(false);
        }
        else if (!await core.Registry.RegisterCheckAsync(Vet(request, CheckRules.ToLocal(check))).ConfigureAwait(false))
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, $"ServiceID \"{check.ServiceId}\" does not exist")
                .ConfigureAwait(false);
        }
        else
        {
            await request.EmptyAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask DeregisterAsync(AgentRequest request)
    {
        if (request.Tail.Length == 0 && !request.Acl.IsEnabled)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, "CheckID missing").ConfigureAwait(false);
            return;
        }

        if (await RefuseUnknownAsync(request).ConfigureAwait(false))
        {
            return;
        }

        await core.Registry.DeregisterCheckAsync(request.Tail).ConfigureAwait(false);
        await request.EmptyAsync().ConfigureAwait(false);
    }

    private async ValueTask UpdateAsync(AgentRequest request)
    {
        var update = new CheckUpdateBody();
        if (!await RequestBody.TryDecodeAsync(request, CheckUpdateBody.Type, update).ConfigureAwait(false))
        {
            return;
        }

        if (!CheckRules.IsStatus(update.Status))
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, $"Invalid check status: '{update.Status}'").ConfigureAwait(false);
            return;
        }

        await HeartbeatAsync(request, update.Status, update.Output).ConfigureAwait(false);
    }

    private async ValueTask HeartbeatAsync(AgentRequest request, string status, string output)
    {
        if (await RefuseUnknownAsync(request).ConfigureAwait(false))
        {
            return;
        }

        if (core.Registry.HeartbeatAsync(request.Tail, status, output) is not { } kept)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, $"CheckID \"{request.Tail}\" does not have associated TTL").ConfigureAwait(false);
        }
        else if (!await kept.ConfigureAwait(false))
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, $"failed persisting state for check \"{request.Tail}\"").ConfigureAwait(false);
        }
        else
        {
            await request.EmptyAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The check as it may be registered. Ends the request if it may not be, or not replace the one of its id.</summary>
    private LocalCheck Vet(AgentRequest request, LocalCheck check)
    {
        _demands.Check(request, core.Store.Root.Local.Services.GetValueOrDefault(check.Check.ServiceId)?.Service.Service ?? "");
        _demands.ReplacedCheck(request, check.Check.CheckId);
        return _demands.Alias(request, check);
    }

    /// <summary>Whether the check may be changed depends on its service, so with access rules one that is not there is refused.</summary>
    private async ValueTask<bool> RefuseUnknownAsync(AgentRequest request)
    {
        if (!request.Acl.IsEnabled)
        {
            return false;
        }

        if (core.Store.Root.Local.Checks.TryGetValue(request.Tail, out var check))
        {
            _demands.Check(request, check);
            return false;
        }

        _ = request.Access;
        await request.TextAsync(StatusCodes.Status500InternalServerError, $"Unknown check \"{request.Tail}\"").ConfigureAwait(false);
        return true;
    }
}
