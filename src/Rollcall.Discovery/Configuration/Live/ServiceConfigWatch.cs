using Rollcall.Discovery.Configuration.Live.Internal;

namespace Rollcall.Discovery.Configuration.Live;

/// <summary>
/// One caller's share in the watch of a service's config, from <see cref="ServiceConfigDirectory.Watch"/>. The watch ends, and its open requests with
/// it, when the last share is disposed. Thread-safe.
/// </summary>
public sealed class ServiceConfigWatch : IAsyncDisposable, IDisposable
{
    private readonly ServiceConfigDirectory _directory;
    private readonly ServiceConfigWatcher _watcher;
    private int _disposed;

    internal ServiceConfigWatch(ServiceConfigDirectory directory, ServiceConfigWatcher watcher)
    {
        _directory = directory;
        _watcher = watcher;
    }

    /// <summary>What is known now, the same for all callers.</summary>
    public ServiceConfigState State => _watcher.State;

    /// <summary>
    /// Calls back with the newest state when the config in force is another one, one was refused, or all sources have been asked once: one call at a time, so it must be quick. It is
    /// not called for the state that is there already: register, then read <see cref="State"/>. Ends when the watch is disposed; a call that is running
    /// may still finish.
    /// </summary>
    public void OnChange(Action<ServiceConfigState> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        _watcher.Add(this, callback);
        if (Volatile.Read(ref _disposed) != 0)
        {
            _watcher.Remove(this);
        }
    }

    /// <summary>This caller does not take the config in force. Null: it does.</summary>
    internal void Refuse(ServiceConfigRefusal? refusal)
    {
        _watcher.Refuse(this, refusal);
        if (Volatile.Read(ref _disposed) != 0)
        {
            _watcher.Remove(this);
        }
    }

    /// <summary>Gives the share back without waiting for the end of the watch. Safe to call twice.</summary>
    public void Dispose() => _ = CloseAsync();

    /// <summary>Gives the share back; for the last share, returns when the open requests have ended. Not to be awaited inside a callback.</summary>
    public ValueTask DisposeAsync() => new(CloseAsync());

    private Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return Task.CompletedTask;
        }

        _watcher.Remove(this);
        return _directory.ReleaseAsync(_watcher);
    }
}
