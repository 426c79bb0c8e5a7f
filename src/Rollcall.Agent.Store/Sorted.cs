using System.Collections.Immutable;

namespace Rollcall.Agent.Store;

/// <summary>The empty maps that all state grows from: ordinal order, which is Go's for the same text.</summary>
internal static class Sorted
{
    public static ImmutableSortedDictionary<string, T> Empty<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}
