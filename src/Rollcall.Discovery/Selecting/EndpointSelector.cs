using System.Collections.Immutable;
using Rollcall.Discovery.Selecting.Internal;

namespace Rollcall.Discovery.Selecting;

/// <summary>
/// Chooses among the instances that a source gave, in this process: queries that differ only in it share one watch. Conditions that are left
/// out hold for every instance; all others have to hold. Immutable; two are equal when they choose the same way.
/// </summary>
public sealed record EndpointSelector
{
    private static readonly ImmutableSortedDictionary<string, string> s_none =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal, StringComparer.Ordinal);

    /// <summary>Chooses every instance.</summary>
    public static EndpointSelector All { get; } = new();

    /// <summary>Tags that an instance must all have. In a query, <see cref="ServiceQuery.Tags"/> does the same at the agent.</summary>
    public ImmutableArray<string> Tags { get; init => field = InstanceTags.Normalize(value); } = [];

    /// <summary>Tags of which an instance must have one.</summary>
    public ImmutableArray<string> AnyTags { get; init => field = InstanceTags.Normalize(value); } = [];

    /// <summary>Tags of which an instance must have none.</summary>
    public ImmutableArray<string> NoTags { get; init => field = InstanceTags.Normalize(value); } = [];

    /// <summary>Values that an instance's metadata must have; compared as they are. <see cref="EndpointMetadata"/> has keys in common use.</summary>
    public ImmutableSortedDictionary<string, string> Metadata
    {
        get;
        init => field = (value ?? s_none).WithComparers(StringComparer.Ordinal, StringComparer.Ordinal);
    }
    = s_none;

    /// <summary>
    /// Where the version in an instance's metadata (<see cref="EndpointMetadata.Version"/>) must lie. An instance without a version, or with
    /// one that is not semantic, is not chosen. Null: anywhere.
    /// </summary>
    public VersionRange? Version { get; init; }

    /// <summary>
    /// The name of the port to call instances at (<see cref="Endpoint.At"/>); those without one of this name are not chosen. Null: their own.
    /// </summary>
    public string? Port { get; init => field = value is "" ? throw new ArgumentException("A port's name is not empty; leave it null for the instances' own.", nameof(value)) : value; }

    /// <summary>Whether an instance is chosen.</summary>
    public bool Matches(Endpoint endpoint) => WhyNot(endpoint) is null;

    /// <summary>The first condition that an instance does not meet, in words for a person; null: it is chosen.</summary>
    public string? WhyNot(Endpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        foreach (var tag in Tags)
        {
            if (!endpoint.Tags.Contains(tag))
            {
                return $"without tag {tag}";
            }
        }

        if (!AnyTags.IsEmpty && !AnyTags.Any(endpoint.Tags.Contains))
        {
            return $"without any of the tags {string.Join(", ", AnyTags)}";
        }

        foreach (var tag in NoTags)
        {
            if (endpoint.Tags.Contains(tag))
            {
                return $"with tag {tag}";
            }
        }

        foreach ((var key, var wanted) in Metadata)
        {
            if (!endpoint.Metadata.TryGetValue(key, out var value))
            {
                return $"without {key}";
            }

            if (value != wanted)
            {
                return $"with {key} {value}";
            }
        }

        if (Version is { } range && (!endpoint.Metadata.TryGetValue(EndpointMetadata.Version, out var version) || !range.Contains(version)))
        {
            return version is null ? "without version" : $"with version {version}";
        }

        if (Port is not null && endpoint.At(Port) is null)
        {
            return $"without port {Port}";
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Equals(EndpointSelector? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Equals(Version, other.Version)
            && Port == other.Port
            && Tags.AsSpan().SequenceEqual(other.Tags.AsSpan())
            && AnyTags.AsSpan().SequenceEqual(other.AnyTags.AsSpan())
            && NoTags.AsSpan().SequenceEqual(other.NoTags.AsSpan())
            && Metadata.SequenceEqual(other.Metadata));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Version, Port, Tags.Length, AnyTags.Length, NoTags.Length, Metadata.Count);

    /// <summary>Its conditions as the parameters of a target: <c>anytag=eu&amp;version=^1.2</c>.</summary>
    public override string ToString() => new TargetWriter().Add("", this).ToString();
}
