using Rollcall.Agent.Store.Durability;
using Rollcall.Agent.Store.Records;
using Rollcall.Agent.Store.Watching;

namespace Rollcall.Agent.Store.Commands;

/// <summary>A node says where it is. Of a node that is not in the catalog nothing is kept.</summary>
public sealed record UpdateCoordinate(NodeCoordinate Coordinate) : Command<bool>
{
    internal override bool Apply(StoreTransaction transaction)
    {
        var key = CatalogKey.Of(Coordinate.Node);
        if (transaction.Catalog.FindNode(Coordinate.Node) is null)
        {
            return false;
        }

        transaction.Records = transaction.Records with { Coordinates = transaction.Records.Coordinates.Put(key, Coordinate, transaction.Index) };
        transaction.Touch(Topic.Coordinates);
        transaction.Touch(new RowKey(StoreTable.Coordinate, key));
        return true;
    }
}
