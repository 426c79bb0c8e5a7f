using System.Net;
using Rollcall.Consul.Transport;
using Rollcall.Consul.Wire;

namespace Rollcall.Consul;

/// <summary>
/// The agent that is asked, and what is registered with it. Services belong to the agent that they were registered with: it runs their
/// checks and keeps them in the catalog. Thread-safe.
/// </summary>
public sealed class AgentClient
{
    private readonly ConsulTransport _transport;

    internal AgentClient(ConsulTransport transport) => _transport = transport;

    /// <summary>The agent's name, datacenter and version.</summary>
    public Task<ConsulResponse<AgentSelf>> SelfAsync(CancellationToken cancellationToken = default) =>
        _transport.ReadAsync(Get("agent/self"), ConsulJsonContext.Default.AgentSelf, new AgentSelf(), NotFoundMeaning.Error, cancellationToken);

    /// <summary>The members of the gossip pool as this agent sees them.</summary>
    /// <param name="wan">The servers of all datacenters instead of the members of this one.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    public Task<ConsulResponse<IReadOnlyList<AgentMember>>> MembersAsync(bool wan = false, CancellationToken cancellationToken = default) =>
        _transport.ReadAsync(
            wan ? Get("agent/members").With("wan", "1") : Get("agent/members"),
            ConsulJsonContext.Default.IReadOnlyListAgentMember,
            [],
            NotFoundMeaning.Error,
            cancellationToken);

    /// <summary>The services registered with this agent, by id.</summary>
    /// <param name="filter">A filter expression; null: all.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    public Task<ConsulResponse<IReadOnlyDictionary<string, AgentService>>> ServicesAsync(
        string? filter = null, CancellationToken cancellationToken = default) =>
        _transport.ReadAsync(
            Filtered("agent/services", filter),
            ConsulJsonContext.Default.IReadOnlyDictionaryStringAgentService,
            new Dictionary<string, AgentService>(),
            NotFoundMeaning.Error,
            cancellationToken);

    /// <summary>One service of this agent; the value is null when there is none with this id.</summary>
    public Task<ConsulResponse<AgentService?>> ServiceAsync(string serviceId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(serviceId);
        return _transport.ReadAsync<AgentService?>(
            Get("agent/service").Segment(serviceId), ConsulJsonContext.Default.AgentService!, null, NotFoundMeaning.Absent, cancellationToken);
    }

    /// <summary>The checks of this agent, by id.</summary>
    /// <param name="filter">A filter expression; null: all.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    public Task<ConsulResponse<IReadOnlyDictionary<string, HealthCheck>>> ChecksAsync(
        string? filter = null, CancellationToken cancellationToken = default) =>
        _transport.ReadAsync(
            Filtered("agent/checks", filter),
            ConsulJsonContext.Default.IReadOnlyDictionaryStringHealthCheck,
            new Dictionary<string, HealthCheck>(),
            NotFoundMeaning.Error,
            cancellationToken);

    /// <summary>Registers a service, or replaces the one with the same id. Registering the same again changes nothing for anybody.</summary>
    /// <param name="service">What to register.</param>
    /// <param name="replaceExistingChecks">Removes checks of the service that the registration leaves out; else they stay.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    public Task RegisterAsync(ServiceRegistration service, bool replaceExistingChecks = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentException.ThrowIfNullOrEmpty(service.Name);
        // Agents know the id of a service's check as CheckID only, and that of a single check as ID only.
        var request = Put(
            "agent/service/register",
            ConsulTransport.Json(
                service with
                {
                    Check = service.Check is { Id: { } id } check ? check with { CheckId = check.CheckId ?? id, Id = null } : service.Check,
                    Checks = service.Checks?.Select(c => c with { CheckId = c.CheckId ?? c.Id, Id = null }).ToList(),
                },
                ConsulRequestJsonContext.Default.ServiceRegistration));
        return _transport.WriteAsync(
            replaceExistingChecks ? request.With("replace-existing-checks", "true") : request, cancellationToken);
    }

    /// <summary>
    /// Removes a service and its checks. One that the agent doesn't know is no error: older agents say nothing, newer ones answer 404, and with access rules
    /// all answer 500, after which the agent is asked whether it has the service.
    /// </summary>
    public async Task DeregisterAsync(string serviceId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(serviceId);
        try
        {
            await _transport.WriteAsync(Put("agent/service/deregister").Segment(serviceId), cancellationToken).ConfigureAwait(false);
        }
        catch (ConsulException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            // Gone is what was asked for.
        }
        catch (ConsulException e) when (e.StatusCode == HttpStatusCode.InternalServerError)
        {
            if (!await IsUnknownAsync(serviceId, cancellationToken).ConfigureAwait(false))
            {
                throw;
            }
        }
    }

    /// <summary>Registers a check: of the node, or of the service that it names.</summary>
    public Task RegisterCheckAsync(CheckDefinition check, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(check);
        return _transport.WriteAsync(
            Put(
                "agent/check/register",
                ConsulTransport.Json(
                    check with { Id = check.Id ?? check.CheckId, CheckId = null }, ConsulRequestJsonContext.Default.CheckDefinition)),
            cancellationToken);
    }

    /// <summary>Removes a check.</summary>
    public Task DeregisterCheckAsync(string checkId, CancellationToken cancellationToken = default) =>
        CheckAsync("agent/check/deregister", checkId, null, cancellationToken);

    /// <summary>Tells a TTL check that all is well, until its TTL has passed. Fails with status 500 or 404 when there is no such TTL check.</summary>
    public Task PassAsync(string checkId, string? note = null, CancellationToken cancellationToken = default) =>
        CheckAsync("agent/check/pass", checkId, note, cancellationToken);

    /// <summary>Sets a TTL check to warning, until its TTL has passed.</summary>
    public Task WarnAsync(string checkId, string? note = null, CancellationToken cancellationToken = default) =>
        CheckAsync("agent/check/warn", checkId, note, cancellationToken);

    /// <summary>Sets a TTL check to critical.</summary>
    public Task FailAsync(string checkId, string? note = null, CancellationToken cancellationToken = default) =>
        CheckAsync("agent/check/fail", checkId, note, cancellationToken);

    /// <summary>Sets status and output of a TTL check; unlike a note, the output may be long.</summary>
    public Task UpdateCheckAsync(string checkId, CheckUpdate update, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkId);
        ArgumentNullException.ThrowIfNull(update);
        return _transport.WriteAsync(
            Put("agent/check/update", ConsulTransport.Json(update, ConsulRequestJsonContext.Default.CheckUpdate)).Segment(checkId),
            cancellationToken);
    }

    /// <summary>Takes a service out of the lists of passing instances, or puts it back.</summary>
    /// <param name="serviceId">The service.</param>
    /// <param name="enable">True: into maintenance.</param>
    /// <param name="reason">Shown with the check that says so.</param>
    /// <param name="cancellationToken">Aborts the request.</param>
    public Task SetServiceMaintenanceAsync(string serviceId, bool enable, string? reason = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(serviceId);
        return Maintenance(Put("agent/service/maintenance").Segment(serviceId), enable, reason, cancellationToken);
    }

    /// <summary>The same for all services of the node.</summary>
    public Task SetNodeMaintenanceAsync(bool enable, string? reason = null, CancellationToken cancellationToken = default) =>
        Maintenance(Put("agent/maintenance"), enable, reason, cancellationToken);

    private async Task<bool> IsUnknownAsync(string serviceId, CancellationToken cancellationToken)
    {
        try
        {
            return !(await ServiceAsync(serviceId, cancellationToken).ConfigureAwait(false)).Found;
        }
        catch (ConsulException)
        {
            // Who can't tell has no better answer than the one before.
            return false;
        }
    }

    private static ConsulRequest Get(string path) => new(HttpMethod.Get, path);

    private static ConsulRequest Put(string path, HttpContent? content = null) => new(HttpMethod.Put, path) { Content = content };

    private static ConsulRequest Filtered(string path, string? filter) => filter is null ? Get(path) : Get(path).With("filter", filter);

    private Task Maintenance(ConsulRequest request, bool enable, string? reason, CancellationToken cancellationToken)
    {
        request.With("enable", enable ? "true" : "false");
        return _transport.WriteAsync(reason is null ? request : request.With("reason", reason), cancellationToken);
    }

    private Task CheckAsync(string path, string checkId, string? note, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkId);
        var request = Put(path).Segment(checkId);
        return _transport.WriteAsync(note is null ? request : request.With("note", note), cancellationToken);
    }
}
