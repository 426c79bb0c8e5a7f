using System.Text.Json.Nodes;

namespace Rollcall.Cli.Commands.Migration.Definitions;

/// <summary>Something that one side has.</summary>
/// <param name="Label">Its name for people.</param>
/// <param name="Key">What it is found by on the other side; names compare without case, as Consul's do. Never shown: it may hold a secret.</param>
/// <param name="Content">What is written and compared, without what each side makes of its own: ids, indexes, times.</param>
internal sealed record Definition(string Label, string Key, JsonObject Content)
{
    /// <summary>Its id on its side, where it has one.</summary>
    public string Id { get; init; } = "";

    /// <summary>Its version on its side, where writes can be bound to it.</summary>
    public ulong ModifyIndex { get; init; }

    /// <summary>The key of what it is a part of; null: it stands alone. That one comes before it, and where it stays behind, so does the part.</summary>
    public string? Parent { get; init; }

    /// <summary>Why it is neither carried nor replaced, whatever it holds; null: it may be.</summary>
    public string? Obstacle { get; init; }

    /// <summary>A token that it holds; null: none.</summary>
    public string? Secret { get; init; }
}
