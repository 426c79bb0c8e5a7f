using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store.Acl;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>acl/role…</c>.</summary>
internal sealed class AclRoleEndpoints(AgentCore core)
{
    private readonly AclRequests _acl = new(core);

    public void Map(RouteTable routes)
    {
        routes.Add("/v1/acl/roles", ("GET", AclRequests.Guard(ListAsync)));
        routes.Add("/v1/acl/role", ("PUT", AclRequests.Guard(request => PutAsync(request, ""))));
        routes.Add(
            "/v1/acl/role/",
            ("GET", AclRequests.Guard(request => ReadAsync(request, "ID", static (state, id) => state.Roles.GetValueOrDefault(id.ToLowerInvariant())))),
            ("PUT", AclRequests.Guard(request => PutAsync(request, request.Tail.ToLowerInvariant()))),
            ("DELETE", AclRequests.Guard(request => _acl.DeleteAsync(request, "role", static id => new DeleteAclRole(id)))));
        routes.Add("/v1/acl/role/name/", ("GET", AclRequests.Guard(request => ReadAsync(request, "Name", static (state, name) => state.FindRole(name)))));
    }

    private async ValueTask ListAsync(AgentRequest request)
    {
        if (await _acl.ReadAsync(request, Topic.AclRoles, static (root, _) => root.Acl.RolesIndex).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        var policy = request.Query["policy"];
        request.SetIndex(root.Acl.RolesIndex);
        await AclRequests.ListAsync(
            request,
            root.Acl.Roles.Values.Where(role => policy.Length == 0 || role.PolicyIds.Contains(policy)),
            (json, role) => AclJson.Role(json, root.Acl, role)).ConfigureAwait(false);
    }

    private async ValueTask ReadAsync(AgentRequest request, string by, Func<AclState, string, AclRole?> find)
    {
        if (request.Tail.Length == 0)
        {
            await AclRequests.BadAsync(request, $"Missing role {by}").ConfigureAwait(false);
            return;
        }

        if (await _acl.ReadAsync(request, Topic.AclRoles, static (root, _) => root.Acl.RolesIndex).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        if (by == "ID" && AclNames.IdFault("role", request.Tail) is { } fault)
        {
            await request.CatalogErrorAsync(fault).ConfigureAwait(false);
            return;
        }

        if (find(root.Acl, request.Tail) is not { } role)
        {
            request.Context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        request.SetIndex(root.Acl.RolesIndex);
        await request.JsonAsync((root.Acl, role), static (json, state) => AclJson.Role(json, state.Acl, state.role)).ConfigureAwait(false);
    }

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
        var fault = AclNames.Fault(body.Name) is { } name ? $"Invalid Role: {name}"
            : id.Length > 0 && AclNames.IdFault("role", id) is { } badId ? badId
            : id.Length > 0 && !state.Roles.ContainsKey(id) ? $"cannot find role {id}"
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
        AclRole? kept = null;
        if (fault is null)
        {
            (kept, fault) = await core.Store.ApplyAsync(new PutAclRole(role, id.Length == 0)).ConfigureAwait(false);
        }

        ValueTask Answer() => kept is null
            ? AclRequests.FailAsync(request, fault!)
            : request.JsonAsync((core.Store.Root.Acl, kept), static (json, state) => AclJson.Role(json, state.Acl, state.kept));
        await Answer().ConfigureAwait(false);
    }
}
