namespace Rollcall.Agent.Store.Durability;

/// <summary>Where a row is.</summary>
/// <param name="Table">What it holds.</param>
/// <param name="Name">Its name there.</param>
public readonly record struct RowKey(StoreTable Table, string Name)
{
    private const char Separator = '\0';

    // Stands before a digit for itself (1) and for the separator (0) in the name of a node, which may have any character.
    private const char Escape = '\u0001';

    internal static RowKey Service(string nodeKey, string serviceKey) => new(StoreTable.Service, $"{Escaped(nodeKey)}{Separator}{serviceKey}");

    internal static RowKey Check(string nodeKey, string checkKey) => new(StoreTable.Check, $"{Escaped(nodeKey)}{Separator}{checkKey}");

    /// <summary>The two parts of the name of a service or check.</summary>
    internal (string NodeKey, string Key) Split()
    {
        var at = Name.IndexOf(Separator, StringComparison.Ordinal);
        return at < 0 ? ("", Name) : (Unescaped(Name[..at]), Name[(at + 1)..]);
    }

    private static string Escaped(string nodeKey) => nodeKey.AsSpan().IndexOfAny(Separator, Escape) < 0
        ? nodeKey
        : nodeKey.Replace($"{Escape}", $"{Escape}1", StringComparison.Ordinal).Replace($"{Separator}", $"{Escape}0", StringComparison.Ordinal);

    private static string Unescaped(string nodeKey) => nodeKey.Contains(Escape, StringComparison.Ordinal)
        ? nodeKey.Replace($"{Escape}0", $"{Separator}", StringComparison.Ordinal).Replace($"{Escape}1", $"{Escape}", StringComparison.Ordinal)
        : nodeKey;
}
