using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>acl/polic…</c>.</summary>
internal sealed class AclPolicyEndpoints(AgentCore core)
{
    private const string Protected = "Delete operation not permitted on the builtin global-management policy";

    private readonly AclRequests _acl = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/acl/policies", ("GET", AclRequests.Guard(ListAsync)));
        routes.Add("/v1/acl/policy", ("PUT", AclRequests.Guard(request => PutAsync(request, null))));
        routes.Add(
            "/v1/acl/policy/",
            ("GET", AclRequests.Guard(request => ReadAsync(request, "ID", static (state, id) => state.Policies.GetValueOrDefault(id.ToLowerInvariant())))),
            ("PUT", AclRequests.Guard(request => PutAsync(request, request.Tail.ToLowerInvariant()))),
            ("DELETE", AclRequests.Guard(request => _acl.DeleteAsync(request, "policy", static id => new DeleteAclPolicy(id), static id => id == AclPolicy.ManagementId ? Protected : null))));
        routes.Add("/v1/acl/policy/name/", ("GET", AclRequests.Guard(request => ReadAsync(request, "Name", static (state, name) => state.FindPolicy(name)))));
    }

    private async ValueTask ListAsync(AgentRequest request)
    {
        if (await _acl.ReadAsync(request, Topic.AclPolicies, static (root, _) => root.Acl.PoliciesIndex).ConfigureAwait(false) is { } root)
        {
            request.SetIndex(root.Acl.PoliciesIndex);
            await AclRequests.ListAsync(request, root.Acl.Policies.Values, AclJson.Listed).ConfigureAwait(false);
        }
    }

    private async ValueTask ReadAsync(AgentRequest request, string by, Func<AclState, string, AclPolicy?> find)
    {
        if (request.Tail.Length == 0)
        {
            await AclRequests.BadAsync(request, $"Missing policy {by}").ConfigureAwait(false);
            return;
        }

        if (await _acl.ReadAsync(request, Topic.AclPolicies, static (root, _) => root.Acl.PoliciesIndex).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        if (by == "ID" && AclNames.IdFault("policy", request.Tail) is { } fault)
        {
            await request.CatalogErrorAsync(fault).ConfigureAwait(false);
            return;
        }

        request.SetIndex(root.Acl.PoliciesIndex);
        ValueTask Answer() => find(root.Acl, request.Tail) is { } policy ? request.JsonAsync(policy, AclJson.Policy) : AclRequests.NotFoundAsync(request);
        await Answer().ConfigureAwait(false);
    }

    private async ValueTask PutAsync(AgentRequest request, string? id)
    {
        var body = new AclPolicyBody();
        if (!await AclRequests.DecodeAsync(request, "Policy", AclPolicyBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        var bad = id is null && body.Id.Length > 0 ? "Cannot specify the ID when creating a new policy"
            : id is not null && body.Id.Length > 0 && body.Id != id ? "Policy ID in URL and payload do not match"
            : null;
        if (bad is not null)
        {
            await AclRequests.BadAsync(request, bad).ConfigureAwait(false);
            return;
        }

        AclRequests.DemandWrite(request);

        id = string.IsNullOrEmpty(id) ? null : id;
        var policy = new AclPolicy
        {
            Id = id ?? Guid.NewGuid().ToString("D"),
            Name = body.Name,
            Description = body.Description,
            Rules = body.Rules,
            Datacenters = body.Datacenters is { Count: > 0 } datacenters ? datacenters : null,
        };
        var fault = AclNames.Fault(body.Name) is { } name ? $"Invalid Policy: {name}"
            : id is not null && AclNames.IdFault("policy", id) is { } badId ? badId
            : id is not null && !core.Store.Root.Acl.Policies.ContainsKey(id) ? $"cannot find policy {id}"
            : id == AclPolicy.ManagementId && body.Rules != AclBuiltIn.Management.Rules ? "Changing the Rules for the builtin global-management policy is not permitted"
            : id == AclPolicy.ManagementId && policy.Datacenters is not null ? "Changing the Datacenters of the builtin global-management policy is not permitted"
            : id is null && core.Store.Root.Acl.FindPolicy(body.Name) is not null ? $"Invalid Policy: A Policy with Name \"{body.Name}\" already exists"
            : AclRulesReader.Read(body.Rules, out var rules) is null ? rules
            : null;
        AclPolicy? kept = null;
        if (fault is null)
        {
            (kept, fault) = await core.Store.ApplyAsync(new PutAclPolicy(policy, id is null)).ConfigureAwait(false);
        }

        ValueTask Answer() => kept is null ? AclRequests.FailAsync(request, fault!) : request.JsonAsync(kept, AclJson.Policy);
        await Answer().ConfigureAwait(false);
    }
}
