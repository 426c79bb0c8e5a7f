namespace Rollcall.Grpc.Client.Tests;

/// <summary>Tests that look at the memory of the process run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuresMemory
{
    public const string Name = "measures memory";
}
