namespace Rollcall.LoadTest.Simulation;

/// <summary>What a server does with calls.</summary>
internal enum ServerState
{
    Serving,

    /// <summary>Answers at once that it can't serve.</summary>
    Failing,

    /// <summary>Refuses connections.</summary>
    Dead,
}
