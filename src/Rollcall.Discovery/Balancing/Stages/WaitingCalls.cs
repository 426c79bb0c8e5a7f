using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>Calls that wait for an endpoint, in the order in which they came. Thread-safe.</summary>
/// <param name="serve">Goes through them and gives each what there is for it. Runs one at a time.</param>
internal sealed class WaitingCalls(Action serve)
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly LinkedList<WaitingCall> _line = [];
    private int _retries;

    // Written under _lock; read without it where calls end.
    private int _count;

    private readonly Coalesced _serving = new(serve);

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>
    /// There may be something for them. Serves on the caller's thread, so that no other call comes between, unless another thread is at it, which goes
    /// through them once more then. Free while nobody waits.
    /// </summary>
    public void Serve()
    {
        if (!IsEmpty)
        {
            _serving.Run();
        }
    }

    /// <summary>Puts a call at the end of the line. <see cref="Serve"/> has to follow: there may be an endpoint for it by now.</summary>
    public WaitingCall Enter(in PickContext context)
    {
        var call = new WaitingCall(context);
        lock (_lock)
        {
            _line.AddLast(call.Place);
            Changed(call, 1);
        }

        return call;
    }

    /// <summary>Takes a call out of the line. Whoever does so says how its wait ends, and nobody else.</summary>
    /// <returns>False when somebody did before.</returns>
    public bool TryTake(WaitingCall call)
    {
        lock (_lock)
        {
            if (call.Place.List is null)
            {
                return false;
            }

            _line.Remove(call.Place);
            Changed(call, -1);
            return true;
        }
    }

    /// <summary>Who comes after a call.</summary>
    /// <param name="call">Null, or no longer in the line: the first.</param>
    /// <param name="retriesOnly">Among further attempts only.</param>
    /// <returns>Null: nobody.</returns>
    public WaitingCall? Next(WaitingCall? call, bool retriesOnly)
    {
        lock (_lock)
        {
            if (retriesOnly && _retries == 0)
            {
                return null;
            }

            var place = call?.Place.List is null ? _line.First : call.Place.Next;
            while (retriesOnly && place is not null && !place.Value.Context.IsRetry)
            {
                place = place.Next;
            }

            return place?.Value;
        }
    }

    private void Changed(WaitingCall call, int by)
    {
        _retries += call.Context.IsRetry ? by : 0;
        Volatile.Write(ref _count, _count + by);
    }
}
