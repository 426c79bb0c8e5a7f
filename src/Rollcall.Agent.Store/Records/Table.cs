using System.Collections.Immutable;

namespace Rollcall.Agent.Store.Records;

/// <summary>Records of one kind, by key. Immutable.</summary>
/// <param name="Index">Last commit that changed one.</param>
/// <param name="Rows">In the order of their keys.</param>
public sealed record Table<T>(ulong Index, ImmutableSortedDictionary<string, T> Rows)
{
    public static readonly Table<T> Empty = new(0, Sorted.Empty<T>());

    public T? Find(string key) => Rows.GetValueOrDefault(key);

    internal Table<T> Put(string key, T row, ulong index) => new(index, Rows.SetItem(key, row));

    internal Table<T> Remove(string key, ulong index) => new(index, Rows.Remove(key));
}
