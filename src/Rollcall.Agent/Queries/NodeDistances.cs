using Rollcall.Agent.Store;

namespace Rollcall.Agent.Queries;

/// <summary>Sorts what is on nodes by the distance of the nodes.</summary>
internal static class NodeDistances
{
    /// <summary>Nearest first; what is on nodes of unknown place comes last. In the order it had where distances are equal, or the node itself has no place.</summary>
    public static IEnumerable<T> Sort<T>(StoreRoot root, string near, IEnumerable<T> items, Func<T, string> nodeOf)
    {
        var coordinates = root.Records.Coordinates;
        return coordinates.Find(CatalogKey.Of(near)) is { } source
            ? items.OrderBy(item => coordinates.Find(CatalogKey.Of(nodeOf(item)))?.Coord.DistanceTo(source.Coord) ?? double.PositiveInfinity)
            : items;
    }
}
