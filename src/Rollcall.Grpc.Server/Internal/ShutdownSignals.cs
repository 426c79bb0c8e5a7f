using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Rollcall.Grpc.Server;

/// <summary>Tells streams that the application stops and that their time is over. Thread-safe; ends with the container.</summary>
/// <param name="timeProvider">The clock.</param>
/// <param name="lifetime">Tells that the application stops. Null: nothing does.</param>
/// <param name="drain">
/// Completes when callers may have heard that this server stops, and until when it takes calls as ever; null: there is no such time. Rollcall.Hosting puts it into the
/// container: neither knows the other.
/// </param>
internal sealed class ShutdownSignals(
    TimeProvider timeProvider,
    IHostApplicationLifetime? lifetime = null,
    [FromKeyedServices("Rollcall.Drain")] Func<Task>? drain = null) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<IDisposable> _parts = []; // guarded by _lock

    /// <summary>A token that fires some time after the application began to stop and its drain is over; never where nothing tells of that.</summary>
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
        var registration = lifetime.ApplicationStopping.Register(() =>
        {
            // A signal is told at once, before the drain; a host that is told to stop drains first.
            if (drain?.Invoke() is { IsCompleted: false } draining)
            {
                _ = draining.ContinueWith(
                    _ => timer.Change(delay, Timeout.InfiniteTimeSpan), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            else
            {
                timer.Change(delay, Timeout.InfiniteTimeSpan);
            }
        });
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
