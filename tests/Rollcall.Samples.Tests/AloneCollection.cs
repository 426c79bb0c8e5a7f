namespace Rollcall.Samples.Tests;

/// <summary>Tests of samples with a deadline, which must not wait for the processors beside others' processes.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
