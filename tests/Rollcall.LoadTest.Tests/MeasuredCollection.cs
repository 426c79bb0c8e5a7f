namespace Rollcall.LoadTest.Tests;

/// <summary>Commands that compare times or memory: no other test runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredCollection
{
    public const string Name = "measured";
}
