namespace Rollcall.Agent.Overload;

/// <summary>Why a request or a connection was not taken on.</summary>
internal enum RefusalReason
{
    Watchers,
    ClientWatchers,
    Bytes,
    ClientBytes,
    ClientFilters,
    Memory,
    Connections,
    ClientConnections,

    // What is wrong with one client alone, and says nothing of the agent.
    SlowClient,
    Body,
    Head,
    Handshake,
}
