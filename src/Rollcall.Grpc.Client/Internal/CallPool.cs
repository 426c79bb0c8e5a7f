namespace Rollcall.Grpc.Client.Internal;

/// <summary>The slots of a channel's calls: those in use, so that disposing the channel can end their calls, and idle ones for the next calls. Thread-safe.</summary>
internal sealed class CallPool(GrpcChannel channel)
{
    private const int StripeCount = 8;
    private const int MaxIdlePerStripe = 128;

    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, StripeCount).Select(static _ => new Stripe())];
    private readonly Lock _lock = new();

    // Every slot, in use or idle; guarded by _lock. Touched when one is made or dropped, and not by the calls in between.
    private readonly HashSet<CallSlot> _slots = [];

    /// <summary>The requests that the next calls would use again.</summary>
    internal int IdleRequests => _stripes.Sum(static s => s.CountRequests());

    public CallSlot Rent()
    {
        // The thread's own stripe is the one that no other thread writes to at the moment. What has lain there for the shortest time comes first,
        // because it is in the processor's cache.
        var own = Environment.CurrentManagedThreadId;
        for (var i = 0; i < StripeCount; i++)
        {
            if (_stripes[(own + i) % StripeCount].TryPop() is { } idle)
            {
                return idle;
            }
        }

        var made = new CallSlot(channel);
        lock (_lock)
        {
            _slots.Add(made);
        }

        return made;
    }

    /// <summary>Takes a slot back whose call has ended, and whom nobody will cancel any more.</summary>
    public void Return(CallSlot slot)
    {
        if (!slot.TryReset() || !_stripes[Environment.CurrentManagedThreadId % StripeCount].TryPush(slot))
        {
            Drop(slot);
            slot.Cancellation.Dispose();
        }
    }

    /// <summary>The slot's call has ended, and somebody may be cancelling it still: leaves it to the collector.</summary>
    public void Drop(CallSlot slot)
    {
        lock (_lock)
        {
            _slots.Remove(slot);
        }
    }

    /// <summary>Cancels the calls that run. Those that begin later see that the channel was disposed.</summary>
    public void Cancel()
    {
        CallSlot[] slots;
        lock (_lock)
        {
            slots = [.. _slots];
        }

        foreach (var slot in slots)
        {
            slot.Call?.Cancel();
        }
    }

    private sealed class Stripe
    {
        private readonly Lock _lock = new();

        // Guarded by _lock.
        private readonly Stack<CallSlot> _idle = new();
        private volatile bool _any;

        public CallSlot? TryPop()
        {
            if (!_any)
            {
                return null;
            }

            lock (_lock)
            {
                _idle.TryPop(out var slot);
                _any = _idle.Count > 0;
                return slot;
            }
        }

        public bool TryPush(CallSlot slot)
        {
            lock (_lock)
            {
                if (_idle.Count == MaxIdlePerStripe)
                {
                    return false;
                }

                _idle.Push(slot);
                _any = true;
                return true;
            }
        }

        public int CountRequests()
        {
            lock (_lock)
            {
                return _idle.Count(static s => s.Content is not null);
            }
        }
    }
}
