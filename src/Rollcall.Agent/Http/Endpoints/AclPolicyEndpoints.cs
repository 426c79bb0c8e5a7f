using System.Text.Json;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>acl/polic…</c>.</summary>
internal sealed class AclPolicyEndpoints(AgentCore core)
{
    private const string Protected = "Delete operation not permitted on the builtin global-management policy";

    private readonly AclRequests _acl = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/acl/policies", ("GET", AclRequests.GuardNamespaced(request => _acl.ListAsync(request, AclKinds.Policies, static _ => true, static (json, _, policy) => AclJson.Listed(json, policy)))));
        routes.Add("/v1/acl/policy", ("PUT", AclRequests.GuardNamespaced(request => PutAsync(request, null))));
        routes.Add(
            "/v1/acl/policy/",
            ("GET", AclRequests.GuardNamespaced(request => ShowAsync(request, AclRequests.Id, static (state, id) => state.Policies.Find(id.ToLowerInvariant())))),
            ("PUT", AclRequests.GuardNamespaced(request => PutAsync(request, request.Tail.ToLowerInvariant()))),
            ("DELETE", AclRequests.GuardNamespaced(request => _acl.DeleteAsync(request, AclKinds.Policies, static id => id == AclPolicy.ManagementId ? Protected : null))));
        routes.Add("/v1/acl/policy/name/", ("GET", AclRequests.GuardNamespaced(request => ShowAsync(request, "Name", static (state, name) => state.FindPolicy(name)))));
    }

    private ValueTask ShowAsync(AgentRequest request, string by, Func<AclState, string, AclPolicy?> find) =>
        _acl.ShowAsync(request, AclKinds.Policies, by, find, Write, AclRequests.NotFoundAsync);

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
            : id is not null && AclNames.WrittenIdFault("Policy", id) is { } badId ? badId
            : id is not null && !core.Store.Root.Acl.Policies.Rows.ContainsKey(id) ? $"cannot find policy {id}"
            : id == AclPolicy.ManagementId && policy.Datacenters is not null ? "Changing the Datacenters of the builtin global-management policy is not permitted"
            : id == AclPolicy.ManagementId && body.Rules != AclBuiltIn.Management.Rules ? "Changing the Rules for the builtin global-management policy is not permitted"
            : id is null && core.Store.Root.Acl.FindPolicy(body.Name) is not null ? $"Invalid Policy: A Policy with Name \"{body.Name}\" already exists"
            : AclRulesReader.Read(body.Rules, out var rules) is null ? rules
            : null;
        await _acl.SaveAsync(request, new PutAcl<AclPolicy>(AclKinds.Policies, policy, id is null), fault, Write).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter json, AclState state, AclPolicy policy) => AclJson.Policy(json, policy);
}
