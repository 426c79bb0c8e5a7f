namespace Rollcall.Agent.Hcl;

/// <summary>One member of a body as it was written: an attribute, a block, or a comment that stands alone.</summary>
internal sealed record HclItem
{
    /// <summary>Key and labels, with the equals sign if there is one; empty: there are only <see cref="Comments"/>.</summary>
    public string Head { get; init; } = "";

    /// <summary>What an attribute is; null: a block.</summary>
    public string? Value { get; init; }

    public IReadOnlyList<HclItem> Body { get; init; } = [];

    /// <summary>What stands right above it.</summary>
    public IReadOnlyList<string> Comments { get; init; } = [];

    /// <summary>What follows in its line; empty: nothing.</summary>
    public string Trail { get; init; } = "";

    /// <summary>The line of its key; -1: it was in none.</summary>
    public int Line { get; init; } = -1;

    /// <summary>Whether it goes with the one right above it.</summary>
    public bool Follows(HclItem above) => IsLine && above.IsLine && Comments.Count == 0 && Line >= 0 && Line == above.Line + 1;

    private bool IsLine => Value is not null && !Value.Contains('\n', StringComparison.Ordinal);
}
