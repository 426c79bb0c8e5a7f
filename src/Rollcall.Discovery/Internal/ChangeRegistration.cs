namespace Rollcall.Discovery.Internal;

/// <summary>One callback on the changes of a watch.</summary>
/// <param name="feed">Calls it.</param>
/// <param name="share">The share that it was registered with, and ends with.</param>
/// <param name="callback">What is called.</param>
internal sealed class ChangeRegistration(EndpointFeed feed, EndpointWatch share, Action<EndpointSnapshot> callback) : IDisposable
{
    private volatile bool _disposed;

    public EndpointWatch Share => share;

    public void Invoke(EndpointSnapshot snapshot)
    {
        if (!_disposed)
        {
            callback(snapshot);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        feed.Remove(this);
    }
}
