namespace Rollcall.Agent.Store.Durability;

/// <summary>Where a row is.</summary>
/// <param name="Table">What it holds.</param>
/// <param name="Name">Its name there.</param>
public readonly record struct RowKey(StoreTable Table, string Name)
{
    // No name of a node has it.
    private const char Separator = '\0';

    internal static RowKey Service(string nodeKey, string serviceKey) => new(StoreTable.Service, $"{nodeKey}{Separator}{serviceKey}");

    internal static RowKey Check(string nodeKey, string checkKey) => new(StoreTable.Check, $"{nodeKey}{Separator}{checkKey}");

    /// <summary>The two parts of the name of a service or check.</summary>
    internal (string NodeKey, string Key) Split()
    {
        var at = Name.IndexOf(Separator, StringComparison.Ordinal);
        return at < 0 ? ("", Name) : (Name[..at], Name[(at + 1)..]);
    }
}
