using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>acl/role…</c>.</summary>
internal sealed class AclRoleEndpoints(AgentCore core)
{
    private readonly AclRequests _acl = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/acl/roles", ("GET", AclRequests.GuardNamespaced(ListAsync)));
        routes.Add("/v1/acl/role", ("PUT", AclRequests.GuardNamespaced(request => PutAsync(request, ""))));
        routes.Add(
            "/v1/acl/role/",
            ("GET", AclRequests.GuardNamespaced(request => ShowAsync(request, AclRequests.Id, static (state, id) => state.Roles.Find(id.ToLowerInvariant())))),
            ("PUT", AclRequests.GuardNamespaced(request => PutAsync(request, request.Tail.ToLowerInvariant()))),
            ("DELETE", AclRequests.GuardNamespaced(request => _acl.DeleteAsync(request, AclKinds.Roles))));
        routes.Add("/v1/acl/role/name/", ("GET", AclRequests.GuardNamespaced(request => ShowAsync(request, "Name", static (state, name) => state.FindRole(name)))));
    }

    private ValueTask ListAsync(AgentRequest request)
    {
        var policy = request.Query["policy"];
        return _acl.ListAsync(request, AclKinds.Roles, role => policy.Length == 0 || role.PolicyIds.Contains(policy), AclJson.Role);
    }

    private ValueTask ShowAsync(AgentRequest request, string by, Func<AclState, string, AclRole?> find) =>
        _acl.ShowAsync(request, AclKinds.Roles, by, find, AclJson.Role, static (request, _) => AclRequests.AbsentAsync(request));

    private async ValueTask PutAsync(AgentRequest request, string id)
    {
        var body = new AclRoleBody();
        if (!await AclRequests.DecodeAsync(request, "Role", AclRoleBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        if (body.Id.Length > 0 && body.Id != id)
        {
            await AclRequests.BadAsync(request, "Role ID in URL and payload do not match").ConfigureAwait(false);
            return;
        }

        AclRequests.DemandWrite(request);

        var state = core.Store.Root.Acl;
        var fault = AclNames.Fault(body.Name, AclNames.MaxRoleLength) is { } name ? $"Invalid Role: {name}"
            : id.Length > 0 && AclNames.WrittenIdFault("Role", id) is { } badId ? badId
            : id.Length > 0 && !state.Roles.Rows.ContainsKey(id) ? $"cannot find role {id}"
            : null;
        if (fault is null && id.Length == 0 && state.FindRole(body.Name) is not null)
        {
            fault = $"Invalid Role: A Role with Name \"{body.Name}\" already exists";
        }

        var role = new AclRole
        {
            Id = id.Length > 0 ? id : Guid.NewGuid().ToString("D"),
            Name = body.Name,
            Description = body.Description,
            PolicyIds = AclLinks.Policies(state, body.Policies, ref fault),
            ServiceIdentities = AclLinks.Services(body.ServiceIdentities, "role", local: false, ref fault),
            NodeIdentities = AclLinks.Nodes(body.NodeIdentities, "role", ref fault),
        };
        await _acl.SaveAsync(request, new PutAcl<AclRole>(AclKinds.Roles, role, id.Length == 0), fault, AclJson.Role).ConfigureAwait(false);
    }
}
