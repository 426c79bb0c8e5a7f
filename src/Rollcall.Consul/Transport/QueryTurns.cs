namespace Rollcall.Consul.Transport;

/// <summary>
/// Keeps the watches of a client within the connections that an agent takes from one address, where each open query is a connection of its own: a real
/// Consul takes 200. Most of the places go to the watches that come first, and each keeps its own; the others take turns at the rest, with
/// queries that wait the less the more of them there are. Places are not taken away from a query that waits: Consul counts its connection until
/// the wait is over, whether or not anybody still listens. Thread-safe.
/// </summary>
#pragma warning disable CA1001 // Without its wait handle a semaphore holds nothing, and queries may end after the client.
internal sealed class QueryTurns
#pragma warning restore CA1001
{
    /// <summary>In about this time everybody has a turn.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMilliseconds(100);

    private readonly int _ownPlaces;
    private readonly int _turnPlaces;
    private readonly SemaphoreSlim _turns;
    private int _owners;
    private int _sharers;

    /// <param name="maxOpen">How many queries may be open at once; from 2.</param>
    public QueryTurns(int maxOpen)
    {
        _turnPlaces = Math.Max(1, maxOpen / 4);
        _ownPlaces = maxOpen - _turnPlaces;
        _turns = new SemaphoreSlim(_turnPlaces);
    }

    /// <summary>Whether there are more watches than places.</summary>
    public bool AreTaken => Volatile.Read(ref _sharers) > 0;

    /// <summary>A watch begins. Dispose the place at its end.</summary>
    public Place Enter() => new(this);

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
        /// <returns>The longest that it may wait; null: as long as it likes.</returns>
        public async ValueTask<TimeSpan?> BeginAsync(CancellationToken cancellationToken)
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

            await _all._turns.WaitAsync(cancellationToken).ConfigureAwait(false);
            var wait = Round * Math.Min(1, (double)_all._turnPlaces / Math.Max(1, Volatile.Read(ref _all._sharers)));
            return wait > s_shortestWait ? wait : s_shortestWait;
        }

        public void End()
        {
            if (!_owns)
            {
                _all._turns.Release();
            }
        }

        public void Dispose() => Interlocked.Decrement(ref _owns ? ref _all._owners : ref _all._sharers);
    }
}
