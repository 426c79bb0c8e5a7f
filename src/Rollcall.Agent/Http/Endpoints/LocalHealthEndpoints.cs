using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>agent/health/service/…</c>: how this agent's own services are, as a status code that load balancers understand.</summary>
internal sealed class LocalHealthEndpoints(AgentCore core)
{
    public void Map(RouteTable routes)
    {
        routes.Add("/v1/agent/health/service/id/", ("GET", ByIdAsync));
        routes.Add("/v1/agent/health/service/name/", ("GET", ByNameAsync));
    }

    private ValueTask ByIdAsync(AgentRequest request)
    {
        if (request.Tail.Length == 0)
        {
            return request.TextAsync(StatusCodes.Status500InternalServerError, "Bad request: Missing serviceID");
        }

        // Who is nobody is told so before he learns what there is.
        _ = request.Access;
        var local = core.Store.Root.Local;
        if (!local.Services.TryGetValue(request.Tail, out var service))
        {
            var reason = $"ServiceId {request.Tail} not found";
            SetReason(request, reason);

            // Consul writes this text as JSON, here only.
            return IsText(request)
                ? request.JsonAsync(reason, static (json, text) => json.WriteStringValue(text), StatusCodes.Status404NotFound)
                : request.JsonAsync(
                    CheckStatus.Critical,
                    static (json, status) => AgentJson.Health(json, status, null, []),
                    StatusCodes.Status404NotFound);
        }

        request.Demand(AclResource.Service, service.Service.Service, AclAccess.Read);
        var health = Judge(local, service);
        return IsText(request)
            ? TextAsync(request, health.Status)
            : JsonAsync(
                request,
                health.Status,
                health,
                static (json, health) => AgentJson.Health(json, health.Status, health.Service, health.Checks));
    }

    private ValueTask ByNameAsync(AgentRequest request)
    {
        if (request.Tail.Length == 0)
        {
            return request.TextAsync(StatusCodes.Status500InternalServerError, "Bad request: Missing service Name");
        }

        var local = core.Store.Root.Local;
        var all = local.ServicesNamed(request.Tail).Select(service => Judge(local, service)).ToList();
        if (all.Count == 0)
        {
            var reason = $"ServiceName {request.Tail} Not Found";
            SetReason(request, reason);
            return IsText(request)
                ? request.TextAsync(StatusCodes.Status404NotFound, reason, "text/plain")
                : request.JsonAsync(
                    0,
                    static (json, _) =>
                    {
                        json.WriteStartArray();
                        json.WriteEndArray();
                    },
                    StatusCodes.Status404NotFound);
        }

        // All instances count: one in maintenance or critical makes the whole name so.
        var status = all.Select(health => health.Status).MaxBy(Severity)!;
        return IsText(request)
            ? TextAsync(request, status)
            : JsonAsync(request, status, all, static (json, all) =>
            {
                json.WriteStartArray();
                foreach (var health in all)
                {
                    AgentJson.Health(json, health.Status, health.Service, health.Checks);
                }

                json.WriteEndArray();
            });
    }

    private static ValueTask TextAsync(AgentRequest request, string status)
    {
        SetReason(request, status);
        return request.TextAsync(StatusCode(status), status, "text/plain");
    }

    private static ValueTask JsonAsync<T>(AgentRequest request, string status, T state, Action<System.Text.Json.Utf8JsonWriter, T> write)
    {
        SetReason(request, status);
        return request.JsonAsync(state, write, StatusCode(status));
    }

    // By the bytes that the header begins with, as in Consul: what else it accepts does not matter, nor how much.
    private static bool IsText(AgentRequest request) =>
        request.Query["format"] == "text" || request.Context.Request.Headers.Accept is [{ } accept, ..] && accept.StartsWith("text/plain", StringComparison.Ordinal);

    private static void SetReason(AgentRequest request, string reason)
    {
        // A name from the path may hold what a header must not.
        if (reason.All(c => c is >= ' ' and < '\x7F'))
        {
            request.Context.Response.Headers[ConsulHeaders.Reason] = reason;
        }
    }

    private static int StatusCode(string status) => status switch
    {
        CheckStatus.Passing => StatusCodes.Status200OK,
        CheckStatus.Warning => StatusCodes.Status429TooManyRequests,
        _ => StatusCodes.Status503ServiceUnavailable,
    };

    private static int Severity(string status) => status switch
    {
        CheckStatus.Passing => 0,
        CheckStatus.Warning => 1,
        CheckStatus.Critical => 2,
        _ => 3,
    };

    /// <summary>How a service is, by its own checks and those of the node.</summary>
    public static Health Judge(LocalState local, LocalService service)
    {
        // A check of the node counts for every service on it; one of another service does not, whatever its id.
        var checks = service.CheckIds.Concat(local.NodeCheckIds).Select(id => local.Checks[id].Check).ToList();
        var status = checks.Exists(static check => CheckRules.IsMaintenance(check.CheckId))
            ? CheckStatus.Maintenance
            : checks.Select(check => check.Status).DefaultIfEmpty(CheckStatus.Passing).MaxBy(Severity)!;
        return new Health(status, service, checks);
    }

    internal sealed record Health(string Status, LocalService Service, IReadOnlyList<HealthCheck> Checks);
}
