using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Discovery.Balancing;

/// <summary>Calls that wait until there is an endpoint for them: first come, first served.</summary>
public sealed partial class ServiceBalancer
{
    // Made by the first call that waits.
    private WaitingCalls? _waiting;

    // For limits that rise by time alone. Made at first need, and touched by the one who serves and by the end only.
    private ITimer? _riseTimer;

    private async ValueTask<PickLease> WaitForTurnAsync(PickContext context, CancellationToken cancellationToken)
    {
        var waiting = Volatile.Read(ref _waiting) ?? Interlocked.CompareExchange(ref _waiting, new WaitingCalls(ServeWaiting), null) ?? _waiting;
        var begun = Volatile.Read(ref _rebuilds);
        var call = waiting.Enter(context);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var state = _watch.State;

                // Once there are pickers, whoever serves the calls tells of them.
                var rebuilt = Volatile.Read(ref _pickers) is null ? _rebuilt.Next : null;
                BringUpToDate(begun);
                waiting.Serve();
                if (!call.Task.IsCompleted)
                {
                    await WaitForChangeAsync(state, rebuilt is null ? call.Task : Task.WhenAny(call.Task, rebuilt), cancellationToken).ConfigureAwait(false);
                }

                if (call.Task.IsCompleted)
                {
                    return await call.Task.ConfigureAwait(false);
                }
            }
        }
        catch when (!call.Task.IsFaulted)
        {
            if (waiting.TryTake(call))
            {
                throw;
            }

            // Its turn came at the same moment.
            return await call.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Gives the calls that wait what there is for them. Only <see cref="WaitingCalls"/> runs it.</summary>
    private void ServeWaiting()
    {
        var waiting = _waiting!;
        var now = _time.GetTimestamp();
        var isFull = false;
        for (var call = waiting.Next(null, retriesOnly: false); call is not null; call = waiting.Next(call, isFull))
        {
            try
            {
                if (!TryPick(call.Context, out var lease))
                {
                    isFull |= IsFullForAll(call.Context);
                }
                else if (waiting.TryTake(call))
                {
                    call.SetResult(lease);
                }
                else
                {
                    // It was given up meanwhile. The end of the lease has the others served once more.
                    lease.Complete(new CallOutcome(CallResult.Cancelled, TimeSpan.Zero));
                }
            }
#pragma warning disable CA1031 // A user's policy may throw anything; the call that it threw for is told.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (waiting.TryTake(call))
                {
                    call.SetException(e);
                }
            }
        }

        if (!waiting.IsEmpty && Volatile.Read(ref _pickers)?.NextRise(now) is { } rise and not long.MaxValue)
        {
            SetTimer(ref _riseTimer, static balancer => ((ServiceBalancer)balancer!)._waiting!.Serve(), rise + 1 - _time.GetTimestamp());
        }
    }

    /// <summary>
    /// Whether the first attempts of all others find nothing, either, where one did: not with a canary, whose other side may have room, and not where the
    /// policy chose none for this call. Further attempts may still find an endpoint that is left out.
    /// </summary>
    private bool IsFullForAll(in PickContext context) =>
        Volatile.Read(ref _pickers) is not { Roster.Listed.IsEmpty: false } pickers
        || (!context.IsRetry && pickers.Policy is not CanaryPolicy && pickers.Chooses(context));
}
