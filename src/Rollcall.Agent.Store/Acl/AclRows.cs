using System.Collections.Immutable;

namespace Rollcall.Agent.Store.Acl;

/// <summary>All records of one kind, by key. Immutable.</summary>
public sealed record AclRows<T>
    where T : AclRecord
{
    public static readonly AclRows<T> Empty = new();

    private AclRows()
    {
    }

    /// <summary>Last commit that changed one.</summary>
    public ulong Index { get; init; }

    /// <summary>In the order of their keys.</summary>
    public ImmutableSortedDictionary<string, T> Rows { get; init; } = Sorted.Empty<T>();

    // Aliases compare without case.
    private ImmutableDictionary<string, string> Keys { get; init; } = ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    public T? Find(string key) => Rows.GetValueOrDefault(key);

    /// <summary>The one of a name or accessor.</summary>
    public T? FindAlias(string alias) => Keys.TryGetValue(alias, out var key) ? Rows[key] : null;

    internal AclRows<T> Put(T row, ulong index)
    {
        var keys = Find(row.Key)?.Alias is { } old ? Keys.Remove(old) : Keys;
        return this with { Index = index, Rows = Rows.SetItem(row.Key, row), Keys = row.Alias is { } alias ? keys.SetItem(alias, row.Key) : keys };
    }

    internal AclRows<T> Remove(T row, ulong index) =>
        this with { Index = index, Rows = Rows.Remove(row.Key), Keys = row.Alias is { } alias ? Keys.Remove(alias) : Keys };

    /// <summary>What a journal or a snapshot held.</summary>
    // A snapshot that somebody made may have one name twice: then the last counts.
    internal static AclRows<T> Load(IReadOnlyList<T> rows) => Empty with
    {
        Rows = Empty.Rows.AddRange(rows.Select(static row => KeyValuePair.Create(row.Key, row))),
        Keys = Empty.Keys.SetItems(rows.Where(static row => row.Alias is not null).Select(static row => KeyValuePair.Create(row.Alias!, row.Key))),
    };
}
