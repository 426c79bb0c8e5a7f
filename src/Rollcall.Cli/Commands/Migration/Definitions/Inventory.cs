namespace Rollcall.Cli.Commands.Migration.Definitions;

/// <summary>What one side has of a kind, and what of it is not carried, for people.</summary>
internal sealed record Inventory(IReadOnlyList<Definition> Definitions, params IReadOnlyList<string> Remarks);
