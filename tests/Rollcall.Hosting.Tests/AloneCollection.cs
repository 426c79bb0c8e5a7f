namespace Rollcall.Hosting.Tests;

/// <summary>Tests that look at the whole process: no other test runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
