namespace Rollcall.Discovery.Internal;

/// <summary>One callback on the changes of a watch.</summary>
/// <param name="feed">Calls it.</param>
/// <param name="share">The share that it was registered with, and ends with.</param>
/// <param name="callback">What is called.</param>
internal sealed class ChangeRegistration(EndpointFeed feed, EndpointWatch share, Action<EndpointSnapshot> callback) : IDisposable
{
    // Its callers read it for themselves; that it is there is known a moment before callbacks are made.
    private readonly EndpointSnapshot? _known = feed.State.Snapshot;
    private volatile bool _disposed;

    public EndpointWatch Share => share;

    public void Invoke(EndpointSnapshot snapshot)
    {
        if (!_disposed && !ReferenceEquals(snapshot, _known))
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
