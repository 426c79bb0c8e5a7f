namespace Rollcall.Consul;

/// <summary>Which instances of a service are asked for, and how. Immutable.</summary>
public sealed record InstanceQuery : ConsulQuery
{
    /// <summary>Only instances whose checks all pass. Default false.</summary>
    public bool PassingOnly { get; init; }

    /// <summary>Tags that an instance must all carry. Default none.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
}
