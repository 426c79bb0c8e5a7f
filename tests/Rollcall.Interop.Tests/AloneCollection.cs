namespace Rollcall.Interop.Tests;

/// <summary>Tests that run while no others do: their short deadlines are about calls and not about the machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
