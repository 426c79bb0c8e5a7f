namespace Rollcall.Agent.Store.Records;

/// <summary>Something that a client told all agents.</summary>
public sealed record UserEvent
{
    /// <summary>A UUID.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Null: none.</summary>
    public byte[]? Payload { get; init; }

    /// <summary>A regular expression; empty: any node.</summary>
    public string NodeFilter { get; init; } = "";

    /// <summary>A regular expression; empty: any service.</summary>
    public string ServiceFilter { get; init; } = "";

    /// <summary>A regular expression; empty: any tag.</summary>
    public string TagFilter { get; init; } = "";

    /// <summary>Lamport time, which orders events.</summary>
    public ulong LTime { get; init; }
}
