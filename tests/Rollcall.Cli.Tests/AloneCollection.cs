namespace Rollcall.Cli.Tests;

/// <summary>Tests with deadlines that a busy machine would miss run when no others do.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
