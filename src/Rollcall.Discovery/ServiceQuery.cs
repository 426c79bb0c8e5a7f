using System.Collections.Immutable;
using Rollcall.Discovery.Selecting;
using Rollcall.Discovery.Selecting.Internal;

namespace Rollcall.Discovery;

/// <summary>
/// Which instances of which service a caller wants. Immutable. Everything but <see cref="Select"/> is evaluated by the source (Consul: by the
/// agent); queries of a process that differ in <see cref="Select"/> alone share one watch.
/// </summary>
public sealed record ServiceQuery
{
    /// <summary>Among <see cref="Datacenters"/>, that of the agent that is asked, whatever its name.</summary>
    public const string OwnDatacenter = "_agent";

    /// <param name="name">The service's name, as registered.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public ServiceQuery(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
    }

    /// <summary>The service's name.</summary>
    public string Name { get; }

    /// <summary>Tags that an instance must all have. Kept in ordinal order. Default none.</summary>
    public ImmutableArray<string> Tags { get; init => field = InstanceTags.Normalize(value); } = [];

    /// <summary>
    /// The datacenters whose instances are wanted, the preferred one first; each is a watch of its own, and an endpoint says which one it is
    /// from. Default none: the same as <see cref="OwnDatacenter"/> alone. A source is asked for one at most.
    /// </summary>
    public ImmutableArray<string> Datacenters { get; init => field = value.IsDefaultOrEmpty ? [] : [.. value.Distinct(StringComparer.Ordinal)]; } = [];

    /// <summary>The datacenter that a source is asked for, the first of <see cref="Datacenters"/>; null: that of the agent.</summary>
    public string? Datacenter => Datacenters is [not OwnDatacenter and var first, ..] ? first : null;

    /// <summary>A node's name, or <c>_agent</c>: the answer is sorted by round-trip time from it. Null: not sorted.</summary>
    public string? Near { get; init; }

    /// <summary>A filter expression in Consul's grammar, evaluated by the agent. Null: none.</summary>
    public string? Filter { get; init; }

    /// <summary>Only instances with all checks passing. False: all that are registered, those with critical checks too. Default true.</summary>
    public bool PassingOnly { get; init; } = true;

    /// <summary>
    /// Also instances with a check that warns and none that is critical, at the weight that they are registered with for that (Consul: the
    /// service's <c>Weights.Warning</c>). Without <see cref="PassingOnly"/> they are there in any case. Default false.
    /// </summary>
    public bool WarningToo { get; init; }

    /// <summary>Which of the instances that the source gives are wanted; evaluated in this process. Default all.</summary>
    public EndpointSelector Select { get; init => field = value ?? EndpointSelector.All; } = EndpointSelector.All;

    /// <summary>What sources are asked for, one query for each datacenter; the query itself when that is one and nothing is left to select.</summary>
    internal ImmutableArray<ServiceQuery> SourceQueries =>
        Datacenters.Length < 2 && Select == EndpointSelector.All ? [this]
        : Datacenters.IsEmpty ? [this with { Select = EndpointSelector.All }]
        : [.. Datacenters.Select(datacenter => this with { Datacenters = [datacenter], Select = EndpointSelector.All })];

    /// <inheritdoc/>
    public bool Equals(ServiceQuery? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && Name == other.Name
            && Near == other.Near
            && Filter == other.Filter
            && PassingOnly == other.PassingOnly
            && WarningToo == other.WarningToo
            && Datacenters.AsSpan().SequenceEqual(other.Datacenters.AsSpan())
            && Tags.AsSpan().SequenceEqual(other.Tags.AsSpan())
            && Select == other.Select);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Near, Filter, (PassingOnly, WarningToo), Tags.Length, Datacenters.Length, Select);

    /// <summary>The query as a target: <c>orders?tag=v1&amp;dc=dc2</c>.</summary>
    public override string ToString() => new TargetWriter().Add(this).After(Name);
}
