using Microsoft.Extensions.Hosting;

namespace Rollcall.Grpc.Server;

/// <summary>Tells streams that the application stops and that their time is over. Thread-safe; ends with the container.</summary>
internal sealed class ShutdownSignals(TimeProvider timeProvider, IHostApplicationLifetime? lifetime = null) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<IDisposable> _parts = []; // guarded by _lock

    /// <summary>A token that fires some time after the application began to stop; never where nothing tells of that.</summary>
    /// <param name="delay">The time; infinite: never.</param>
    public CancellationToken After(TimeSpan delay)
    {
        if (lifetime is null || delay == Timeout.InfiniteTimeSpan)
        {
            return CancellationToken.None;
        }

        var source = new CancellationTokenSource();
        var timer = timeProvider.CreateTimer(
            static state => ((CancellationTokenSource)state!).Cancel(), source, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var registration = lifetime.ApplicationStopping.Register(() => timer.Change(delay, Timeout.InfiniteTimeSpan));
        lock (_lock)
        {
            _parts.AddRange([registration, timer, source]);
        }

        return source.Token;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _parts.ForEach(static part => part.Dispose());
        }
    }
}
