namespace Rollcall.Agent.Store.Durability;

/// <summary>Where a row is.</summary>
/// <param name="Table">What it holds.</param>
/// <param name="Name">Its name there.</param>
public readonly record struct RowKey(StoreTable Table, string Name)
{
    internal static RowKey Service(string nodeKey, string serviceKey) => new(StoreTable.Service, CatalogKey.OnNode(nodeKey, serviceKey));

    internal static RowKey Check(string nodeKey, string checkKey) => new(StoreTable.Check, CatalogKey.OnNode(nodeKey, checkKey));

    /// <summary>The two parts of the name of a service or check.</summary>
    internal (string NodeKey, string Key) Split() => CatalogKey.Split(Name);
}
