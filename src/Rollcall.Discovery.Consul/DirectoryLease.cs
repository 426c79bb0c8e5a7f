using Rollcall.Consul;
using Rollcall.Discovery.Configuration.Live;

namespace Rollcall.Discovery.Consul;

/// <summary>A share in a directory, from <see cref="ConsulDirectories.Acquire"/>. Dispose it once; further times do nothing. Thread-safe.</summary>
public sealed class DirectoryLease : IAsyncDisposable, IDisposable
{
    private readonly ConsulDirectories.SharedDirectory _shared;
    private int _disposed;

    internal DirectoryLease(ConsulDirectories.SharedDirectory shared) => _shared = shared;

    /// <summary>The directory. Not to be disposed by whoever holds the lease.</summary>
    public EndpointDirectory Directory => _shared.Directory;

    /// <summary>The configs of services in the KV store. Not to be disposed by whoever holds the lease.</summary>
    public ServiceConfigDirectory ServiceConfigs => _shared.ServiceConfigs;

    /// <summary>The client that the directory reads with. Not to be disposed by whoever holds the lease.</summary>
    public ConsulClient Client => _shared.Client;

    /// <summary>Gives the share back without waiting for the end of what it was the last share of.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _ = ConsulDirectories.ReleaseAsync(_shared);
        }
    }

    /// <summary>Gives the share back; the last one waits until the watches have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await ConsulDirectories.ReleaseAsync(_shared).ConfigureAwait(false);
        }
    }
}
