using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Rollcall.Discovery.Configuration.Internal;

/// <summary>Finds the settings of a call by its path, from the longest beginning to the shortest. Immutable.</summary>
internal sealed class CallIndex
{
    private readonly FrozenDictionary<string, ImmutableArray<Entry>> _byPath;
    private readonly FrozenDictionary<string, ImmutableArray<Entry>>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    public CallIndex(ImmutableArray<MethodCallConfig> methods)
    {
        var entries =
            from config in methods
            from name in config.Names
            group new Entry(name.HttpMethod, config) by name.Path;

        // Those with an HTTP method come first, for they win.
        _byPath = entries.ToFrozenDictionary(
            static path => path.Key,
            static path => path.OrderBy(static entry => entry.HttpMethod is null).ToImmutableArray(),
            StringComparer.Ordinal);
        _bySpan = _byPath.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <param name="path">Without slashes around it.</param>
    /// <param name="httpMethod">Null: only names without one.</param>
    /// <param name="namesMethod">Whether the name that won says the HTTP method.</param>
    public MethodCallConfig? Find(ReadOnlySpan<char> path, string? httpMethod, out bool namesMethod)
    {
        namesMethod = false;
        while (_byPath.Count > 0)
        {
            if (_bySpan.TryGetValue(path, out var entries))
            {
                foreach (var entry in entries)
                {
                    if (entry.HttpMethod is null || entry.HttpMethod == httpMethod)
                    {
                        namesMethod = entry.HttpMethod is not null;
                        return entry.Config;
                    }
                }
            }

            if (path.IsEmpty)
            {
                return null;
            }

            path = path[..Math.Max(path.LastIndexOf('/'), 0)];
        }

        return null;
    }

    private readonly record struct Entry(string? HttpMethod, MethodCallConfig Config);
}
