namespace Rollcall.Agent.Store;

/// <summary>Names of nodes, services and checks compare without case; their keys are lower case and sort by ordinal.</summary>
public static class CatalogKey
{
    private const char Separator = '\0';

    // Stands before a digit for itself (1) and for the separator (0) in the name of a node, which may have any character.
    private const char Escape = '\u0001';

    public static string Of(string name) => name.ToLowerInvariant();

    /// <summary>The key of a node among keys of what is on nodes.</summary>
    internal static string OfNode(string nodeKey) => nodeKey.AsSpan().IndexOfAny(Separator, Escape) < 0
        ? nodeKey
        : nodeKey.Replace($"{Escape}", $"{Escape}1", StringComparison.Ordinal).Replace($"{Separator}", $"{Escape}0", StringComparison.Ordinal);

    /// <summary>The key of a service or check among those of all nodes: no two are the same.</summary>
    internal static string OnNode(string nodeKey, string key) => $"{OfNode(nodeKey)}{Separator}{key}";

    /// <summary>The two parts that <see cref="OnNode"/> put together.</summary>
    internal static (string NodeKey, string Key) Split(string name)
    {
        var at = name.IndexOf(Separator, StringComparison.Ordinal);
        return at < 0 ? ("", name) : (Unescaped(name[..at]), name[(at + 1)..]);
    }

    private static string Unescaped(string nodeKey) => nodeKey.Contains(Escape, StringComparison.Ordinal)
        ? nodeKey.Replace($"{Escape}0", $"{Separator}", StringComparison.Ordinal).Replace($"{Escape}1", $"{Escape}", StringComparison.Ordinal)
        : nodeKey;
}
