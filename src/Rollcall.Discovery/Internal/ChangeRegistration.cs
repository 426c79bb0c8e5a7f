namespace Rollcall.Discovery.Internal;

/// <summary>One callback on the changes of a watch.</summary>
internal sealed class ChangeRegistration(ServiceWatcher watcher, Action<EndpointSnapshot> callback) : IDisposable
{
    private volatile bool _disposed;

    public void Invoke(EndpointSnapshot snapshot)
    {
        if (!_disposed)
            callback(snapshot);
    }

    public void Dispose()
    {
        _disposed = true;
        watcher.Remove(this);
    }
}
