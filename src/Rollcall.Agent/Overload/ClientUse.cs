namespace Rollcall.Agent.Overload;

/// <summary>What one client holds of the agent at the moment. Hangs at each of its connections as a feature.</summary>
internal sealed class ClientUse
{
    // Guarded by the lock of the table that it is in.
    public int Connections;

    // Changed by interlocked operations.
    public int Watchers;
    public int Filters;
    public long Bytes;
}
