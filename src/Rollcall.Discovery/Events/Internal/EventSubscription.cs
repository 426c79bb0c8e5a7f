using Microsoft.Extensions.Logging;

namespace Rollcall.Discovery.Events.Internal;

/// <summary>Carries events from a queue to an observer, until it is disposed or no more come.</summary>
internal sealed partial class EventSubscription(EventQueue queue, IObserver<DiscoveryEvent> observer, ILogger logger, Action close) : IDisposable
{
    private volatile bool _disposed;

    // Without the execution context: the loop outlives whatever call subscribed.
    public void Start() => ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.RunAsync(), this, preferLocal: false);

    public void Dispose()
    {
        _disposed = true;
        close();
        queue.Complete();
    }

    private async Task RunAsync()
    {
        await foreach (var e in queue.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (_disposed)
            {
                return;
            }

            Call(static (observer, e) => observer.OnNext(e), e);
        }

        close();
        if (!_disposed)
        {
            Call<object?>(static (observer, _) => observer.OnCompleted(), null);
        }
    }

    private void Call<T>(Action<IObserver<DiscoveryEvent>, T> call, T argument)
    {
        try
        {
            call(observer, argument);
        }
#pragma warning disable CA1031 // An observer's fault must not end the events that are still to come.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Log.ObserverFailed(logger, fault);
        }
    }
}
