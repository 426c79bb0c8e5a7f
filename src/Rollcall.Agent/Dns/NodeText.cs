using System.Text;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Dns;

/// <summary>A node's metadata as text (RFC 1464): a key, an equals sign, a value.</summary>
internal static class NodeText
{
    // Its value stands alone: for records whose text has a form of its own.
    private const string BarePrefix = "rfc1035-";

    public static byte[][] Of(CatalogNode node) =>
        node.Meta is { Count: > 0 } meta
            ? [.. meta.Select(static pair => Encoding.UTF8.GetBytes(
                pair.Key.StartsWith(BarePrefix, StringComparison.OrdinalIgnoreCase) ? pair.Value : $"{Escape(pair.Key)}={pair.Value}"))]
            : [];

    /// <summary>A grave accent before each equals sign and grave accent of the key, and before blanks at its ends.</summary>
    private static string Escape(string key)
    {
        var trimmed = key.AsSpan().Trim(" \t");
        if (trimmed.Length == key.Length && key.AsSpan().IndexOfAny('=', '`') < 0)
        {
            return key;
        }

        var text = new StringBuilder(key.Length + 4);
        var start = trimmed.IsEmpty ? key.Length : key.AsSpan().IndexOf(trimmed);
        for (var i = 0; i < key.Length; i++)
        {
            if (key[i] is '=' or '`' || i < start || i >= start + trimmed.Length)
            {
                text.Append('`');
            }

            text.Append(key[i]);
        }

        return text.ToString();
    }
}
