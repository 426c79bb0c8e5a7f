using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Acl;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Http.Json;
using Rollcall.Agent.Store;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Http.Endpoints;

/// <summary><c>coordinate/…</c>: where nodes are in the network. The agent measures nobody and stays where it starts.</summary>
internal sealed class CoordinateEndpoints(AgentCore core)
{
    public void Map(RouteTable routes)
    {
        routes.Add("/v1/coordinate/datacenters", ("GET", DatacentersAsync));
        routes.Add("/v1/coordinate/nodes", ("GET", NodesAsync));
        routes.Add("/v1/coordinate/node/", ("GET", NodeAsync));
        routes.Add("/v1/coordinate/update", ("PUT", UpdateAsync));
    }

    private ValueTask DatacentersAsync(AgentRequest request) => request.JsonAsync(core.Identity, static (json, identity) =>
    {
        json.WriteStartArray();
        json.WriteStartObject();
        json.WriteString("Datacenter"u8, identity.Datacenter);
        json.WriteString("AreaID"u8, "wan");
        json.WriteStartArray("Coordinates"u8);
        Write(json, new NodeCoordinate(identity.NodeName, "", NetworkCoordinate.Origin));
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    });

    private async ValueTask NodesAsync(AgentRequest request)
    {
        if (await BeginAsync(request).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        request.SetIndex(root.Records.Coordinates.Index);
        var segment = request.Query.Has("segment") ? request.Query["segment"] : null;
        var access = request.Access;
        await request.JsonAsync(root.Records.Coordinates.Rows.Values.Where(row => (segment is null || row.Segment == segment) && access.CanReadNode(row.Node)), Write).ConfigureAwait(false);
    }

    private async ValueTask NodeAsync(AgentRequest request)
    {
        if (await BeginAsync(request).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        DemandNode(request, root, request.Tail, AclAccess.Read);
        var row = root.Records.Coordinates.Find(CatalogKey.Of(request.Tail));
        if (row is null || (request.Query.Has("segment") && row.Segment != request.Query["segment"]))
        {
            request.Context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        request.SetIndex(root.Records.Coordinates.Index);
        await request.JsonAsync<IEnumerable<NodeCoordinate>>([row with { Node = request.Tail }], Write).ConfigureAwait(false);
    }

    private async ValueTask<StoreRoot?> BeginAsync(AgentRequest request)
    {
        if (QueryOptions.Parse(request, out var options) is { } fault)
        {
            await request.TextAsync(StatusCodes.Status400BadRequest, fault).ConfigureAwait(false);
            return null;
        }

        if (core.IsOtherDatacenter(request.Query["dc"]))
        {
            await request.CatalogErrorAsync(AgentCore.NoPath).ConfigureAwait(false);
            return null;
        }

        return await core.Blocking
            .WaitAsync(options, Topic.Coordinates, static (root, _) => root.Records.Coordinates.Index, request.Tail, request)
            .ConfigureAwait(false);
    }

    private async ValueTask UpdateAsync(AgentRequest request)
    {
        var body = new CoordinateBody();
        if (!await RequestBody.TryDecodeAsync(request, CoordinateBody.Type, body).ConfigureAwait(false))
        {
            return;
        }

        var fault = core.IsOtherDatacenter(request.Query["dc"]) ? AgentCore.NoPath
            : body.Coordinate.Vec.Count != NetworkCoordinate.Dimensions ? "incompatible coordinate"
            : null;
        if (fault is not null)
        {
            await request.TextAsync(StatusCodes.Status500InternalServerError, fault).ConfigureAwait(false);
            return;
        }

        DemandNode(request, core.Store.Root, body.Node, AclAccess.Write);
        await core.Store.ApplyAsync(new UpdateCoordinate(new NodeCoordinate(body.Node, body.Segment, body.Coordinate))).ConfigureAwait(false);
        await request.EmptyAsync().ConfigureAwait(false);
    }

    // Under the name that it is asked for by and the one that it has: they may differ in case.
    private static void DemandNode(AgentRequest request, StoreRoot root, string name, AclAccess need)
    {
        request.Demand(AclResource.Node, name, need);
        if (root.Catalog.FindNode(name) is { } known)
        {
            request.Demand(AclResource.Node, known.Node.Node, need);
        }
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<NodeCoordinate> rows)
    {
        json.WriteStartArray();
        foreach (var row in rows)
        {
            Write(json, row);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, NodeCoordinate row)
    {
        json.WriteStartObject();
        json.WriteString("Node"u8, row.Node);
        json.WriteString("Segment"u8, row.Segment);
        json.WritePropertyName("Coord"u8);
        WireJson.Coordinate(json, row.Coord);
        json.WriteEndObject();
    }
}
