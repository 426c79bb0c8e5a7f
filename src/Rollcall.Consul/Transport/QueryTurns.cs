namespace Rollcall.Consul.Transport;

/// <summary>
/// Keeps the watches of a client within the connections that an agent takes from one address, where each open query is a connection of its own: a real
/// Consul takes 200. Most of the places go to the watches that come first, and each keeps its own; the others take turns at the rest, with
/// queries that wait the less the more of them there are. A few places are for first queries, which are answered at once and should not lie behind those
/// that wait. Places are not taken away from a query that waits: Consul counts its connection until
/// the wait is over, whether or not anybody still listens. Thread-safe.
/// </summary>
#pragma warning disable CA1001 // Without their wait handles semaphores hold nothing, and queries may end after the client.
internal sealed class QueryTurns
#pragma warning restore CA1001
{
    /// <summary>In about this time everybody has a turn.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMilliseconds(100);

    private readonly int _ownPlaces;
    private readonly int _turnPlaces;
    private readonly SemaphoreSlim _turns;

    // Null where there are too few places: first queries take turns like all others.
    private readonly SemaphoreSlim? _firsts;
    private int _owners;
    private int _sharers;

    /// <param name="maxOpen">How many queries may be open at once; from 2.</param>
    public QueryTurns(int maxOpen)
    {
        var firstPlaces = maxOpen > 2 ? Math.Max(1, maxOpen / 16) : 0;
        _turnPlaces = Math.Max(1, (maxOpen / 4) - firstPlaces);
        _ownPlaces = maxOpen - _turnPlaces - firstPlaces;
        _turns = new SemaphoreSlim(_turnPlaces);
        _firsts = firstPlaces == 0 ? null : new SemaphoreSlim(firstPlaces);
    }

    /// <summary>Whether there are more watches than places.</summary>
    public bool AreTaken => Volatile.Read(ref _sharers) > 0;

    /// <summary>A watch begins. Dispose the place at its end.</summary>
    public Place Enter() => new(this);

    private async ValueTask<SemaphoreSlim> TakeAsync(bool isFirst, CancellationToken cancellationToken)
    {
        var place = _turns;
        if (isFirst && _firsts is not null)
        {
            // At a start, when nobody waits yet, the first queries of many lists have the places of both kinds.
            if (_turns.Wait(0, CancellationToken.None))
            {
                return _turns;
            }

            place = _firsts;
        }

        await place.WaitAsync(cancellationToken).ConfigureAwait(false);
        return place;
    }

    private bool TryOwn()
    {
        if (Interlocked.Increment(ref _owners) <= _ownPlaces)
        {
            return true;
        }

        Interlocked.Decrement(ref _owners);
        return false;
    }

    /// <summary>What one watch has. Used by that watch alone.</summary>
    internal sealed class Place : IDisposable
    {
        private readonly QueryTurns _all;
        private bool _owns;

        // Which place its query has that is open.
        private SemaphoreSlim? _taken;

        public Place(QueryTurns all)
        {
            _all = all;
            _owns = all.TryOwn();
            if (!_owns)
            {
                Interlocked.Increment(ref all._sharers);
            }
        }

        /// <summary>Waits until a query may be sent; <see cref="End"/> is due afterwards.</summary>
        /// <param name="isFirst">It has no index to wait at, so that it is answered at once.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>The longest that it may wait; null: as long as it likes.</returns>
        public async ValueTask<TimeSpan?> BeginAsync(bool isFirst, CancellationToken cancellationToken)
        {
            if (!_owns && _all.TryOwn())
            {
                _owns = true;
                Interlocked.Decrement(ref _all._sharers);
            }

            if (_owns)
            {
                return null;
            }

            _taken = await _all.TakeAsync(isFirst, cancellationToken).ConfigureAwait(false);
            var wait = Round * Math.Min(1, (double)_all._turnPlaces / Math.Max(1, Volatile.Read(ref _all._sharers)));
            return wait > s_shortestWait ? wait : s_shortestWait;
        }

        public void End()
        {
            _taken?.Release();
            _taken = null;
        }

        public void Dispose() => Interlocked.Decrement(ref _owns ? ref _all._owners : ref _all._sharers);
    }
}
