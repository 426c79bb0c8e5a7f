using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Commands;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>catalog/register</c> and <c>catalog/deregister</c>: for nodes that run no agent.</summary>
internal sealed class CatalogWriteEndpoints(AgentCore core)
{
    public void Map(RouteTable routes)
    {
        routes.Add("/v1/catalog/register", ("PUT", RegisterAsync));
        routes.Add("/v1/catalog/deregister", ("PUT", DeregisterAsync));
    }

    private async ValueTask RegisterAsync(AgentRequest request)
    {
        var body = new CatalogRegisterBody();
        if (!await RequestBody.TryDecodeAsync(request, CatalogRegisterBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        var fault = core.IsOtherDatacenter(body.Datacenter) ? AgentCore.NoPath
            : body.Node.Length == 0 ? "Must provide node"
            : body.Address.Length == 0 && !body.SkipNodeUpdate ? "Must provide address if SkipNodeUpdate is not set"
            : body.Id.Length > 0 && body.Id.Length != 36 ? "Bad node ID: uuid string is wrong length"
            : body.Id.Length > 0 && !Guid.TryParseExact(body.Id, "D", out _) ? "Bad node ID: uuid is improperly formatted"
            : body.MeshFault is { } mesh ? mesh
            : body.Service is { Service: "", Id.Length: > 0 } ? "Must provide service name with ID"
            : body.Service is { } service ? CatalogRules.AddressFault(service.Address)
            : null;
        if (fault is null)
        {
            var command = Command(body);
            fault = CatalogAcl.Allows(request.Access, core.Store.Root, command, body.SkipNodeUpdate)
                ? await core.Store.ApplyAsync(command).ConfigureAwait(false)
                : throw new AclDeniedException(AclDeniedException.Denied);
        }

        if (fault is not null)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, fault).ConfigureAwait(false);
            return;
        }

        await request.JsonAsync(true).ConfigureAwait(false);
    }

    private async ValueTask DeregisterAsync(AgentRequest request)
    {
        var body = new CatalogDeregisterBody();
        if (!await RequestBody.TryDecodeAsync(request, CatalogDeregisterBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        var fault = core.IsOtherDatacenter(body.Datacenter) ? AgentCore.NoPath : body.Node.Length == 0 ? "Must provide node" : null;
        fault ??= CatalogAcl.FaultOf(request.Access, core.Store.Root, body.Node, body.ServiceId, body.CheckId);
        if (fault == AclDeniedException.Denied)
        {
            throw new AclDeniedException(fault);
        }

        if (fault is not null)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, fault).ConfigureAwait(false);
            return;
        }

        await core.Store.ApplyAsync(new DeregisterFromCatalog(body.Node, body.ServiceId, body.CheckId)).ConfigureAwait(false);
        await request.JsonAsync(true).ConfigureAwait(false);
    }

    private RegisterInCatalog Command(CatalogRegisterBody body) => new(
        new CatalogNode
        {
            Id = body.Id,
            Node = body.Node,
            Address = body.Address,
            Datacenter = core.Identity.Datacenter,
            TaggedAddresses = body.TaggedAddresses,
            Meta = body.NodeMeta,
        },
        body.SkipNodeUpdate,
        body.Service,
        [.. body.Checks.Append(body.Check).OfType<HealthCheck>()]);
}
