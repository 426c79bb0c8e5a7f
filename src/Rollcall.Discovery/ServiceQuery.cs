using System.Collections.Immutable;

namespace Rollcall.Discovery;

/// <summary>Which instances of which service a caller wants. Two equal queries share one watch per process. Immutable.</summary>
public sealed class ServiceQuery : IEquatable<ServiceQuery>
{
    /// <param name="name">The service's name, as registered.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public ServiceQuery(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
    }

    /// <summary>The service's name.</summary>
    public string Name { get; }

    /// <summary>Tags that an instance must all carry. Default none.</summary>
    public ImmutableArray<string> Tags { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Null: the datacenter of the agent that is asked.</summary>
    public string? Datacenter { get; init; }

    /// <summary>A node's name, or <c>_agent</c>: the answer is sorted by round-trip time from it. Null: not sorted.</summary>
    public string? Near { get; init; }

    /// <summary>A filter expression in Consul's grammar, evaluated by the agent. Null: none.</summary>
    public string? Filter { get; init; }

    /// <summary>Only instances with all checks passing. Default true.</summary>
    public bool PassingOnly { get; init; } = true;

    /// <inheritdoc/>
    public bool Equals(ServiceQuery? other) =>
        other is not null
        && Name == other.Name
        && Datacenter == other.Datacenter
        && Near == other.Near
        && Filter == other.Filter
        && PassingOnly == other.PassingOnly
        && Tags.AsSpan().SequenceEqual(other.Tags.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ServiceQuery);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Datacenter, Near, Filter, PassingOnly, Tags.Length);

    /// <inheritdoc/>
    public override string ToString() => Tags.IsEmpty ? Name : $"{Name}[{string.Join(',', Tags)}]";
}
