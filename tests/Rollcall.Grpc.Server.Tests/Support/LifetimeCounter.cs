namespace Rollcall.Grpc.Server.Tests;

/// <summary>How many instances were made and disposed.</summary>
internal sealed class LifetimeCounter
{
    private int _created;
    private int _disposed;

    public int Disposed => Volatile.Read(ref _disposed);

    public int Created() => Interlocked.Increment(ref _created);

    public void CountDisposed() => Interlocked.Increment(ref _disposed);
}
