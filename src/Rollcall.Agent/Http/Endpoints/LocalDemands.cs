using Rollcall.Agent.Acl;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary>What requests about services and checks of this agent have to be allowed. Each ends the request if it may not.</summary>
internal sealed class LocalDemands(AgentCore core)
{
    /// <summary>To write a check of a service, or of the node.</summary>
    /// <param name="request">The request.</param>
    /// <param name="serviceName">Empty: the node's.</param>
    public void Check(AgentRequest request, string serviceName)
    {
        if (serviceName.Length > 0)
        {
            request.Demand(AclResource.Service, serviceName, AclAccess.Write, told: serviceName);
        }
        else
        {
            request.Demand(AclResource.Node, core.Identity.NodeName, AclAccess.Write, told: core.Identity.NodeName);
        }
    }

    /// <summary>To write a check as it stands.</summary>
    // What it says of its service itself may be older.
    public void Check(AgentRequest request, LocalCheck check) =>
        Check(request, core.Store.Root.Local.Services.GetValueOrDefault(check.Check.ServiceId)?.Service.Service ?? check.Check.ServiceName);

    /// <summary>To write what stands under the id of a check that is registered.</summary>
    // The catalog has the agent's own check, too, and its ids compare without case.
    public void ReplacedCheck(AgentRequest request, string checkId)
    {
        var root = core.Store.Root;
        if (root.Local.Checks.TryGetValue(checkId, out var replaced))
        {
            Check(request, replaced);
        }

        if (root.Catalog.FindNode(core.Identity.NodeName) is { } node && node.Checks.GetValueOrDefault(CatalogKey.Of(checkId)) is { } shown)
        {
            Check(request, CatalogAcl.ServiceOf(node, shown));
        }
    }

    /// <summary>To write what stands under the id of a service that is registered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The id.</param>
    /// <param name="told">The name of the service that is registered.</param>
    public void ReplacedService(AgentRequest request, string id, string told)
    {
        var root = core.Store.Root;
        if (root.Local.Services.TryGetValue(id, out var replaced))
        {
            request.Demand(AclResource.Service, replaced.Service.Service, AclAccess.Write, told);
        }

        if (root.Catalog.FindNode(core.Identity.NodeName)?.Services.GetValueOrDefault(CatalogKey.Of(id)) is { } shown)
        {
            request.Demand(AclResource.Service, shown.Service, AclAccess.Write, told);
        }
    }

    /// <summary>To read what an alias stands for, since it tells of it to whoever may read the alias.</summary>
    /// <param name="request">The request.</param>
    /// <param name="check">The check.</param>
    /// <param name="with">What is registered with it; null: nothing.</param>
    /// <returns>The check as it may be registered. Others than aliases stay as they are.</returns>
    public LocalCheck Alias(AgentRequest request, LocalCheck check, NodeService? with = null)
    {
        if (!request.Acl.IsEnabled || check.Definition is not { } definition || (definition.AliasNode ?? definition.AliasService) is null)
        {
            return check;
        }

        // Beside a service of its own node it shows the node's checks, too, as in Consul: who registers on an agent runs on its node.
        var (own, id) = (core.Identity.NodeName, definition.AliasService);
        var node = core.Store.Root.Catalog.FindNode(definition.AliasNode ?? own);
        var nodeName = node?.Node.Node ?? definition.AliasNode ?? own;
        if (id is null || nodeName != own)
        {
            request.Demand(AclResource.Node, nodeName, AclAccess.Read, told: nodeName);
        }

        if (id is null)
        {
            return check;
        }

        // Who may read some services only sees this one under the name that was judged. One that is not there yet is judged by its id.
        var name = with?.Id == id && nodeName == own ? with.Service
            : node?.Services.GetValueOrDefault(CatalogKey.Of(id)) is { } service && service.Id == id ? service.Service : id;
        request.Demand(AclResource.Service, name, AclAccess.Read, told: name);
        return check with { AliasedName = request.Access.AllowsAllBelow(AclResource.Service, "", AclAccess.Read) ? null : name };
    }
}
