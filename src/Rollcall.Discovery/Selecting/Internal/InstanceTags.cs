using System.Collections.Immutable;

namespace Rollcall.Discovery.Selecting.Internal;

/// <summary>Lists of tags.</summary>
internal static class InstanceTags
{
    /// <summary>Sorted and without duplicates: two lists of the same tags ask for the same.</summary>
    public static ImmutableArray<string> Normalize(ImmutableArray<string> tags) =>
        tags.IsDefaultOrEmpty ? []
        : tags.Length == 1 ? tags
        : [.. tags.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
