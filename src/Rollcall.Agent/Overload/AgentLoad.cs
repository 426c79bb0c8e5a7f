using Microsoft.Extensions.Logging;
using Rollcall.Agent.Metrics;

namespace Rollcall.Agent.Overload;

/// <summary>
/// Counts what the agent holds for its clients, and refuses what would be too much. A request that neither waits nor is large costs two reads of
/// memory. Safe for use by many threads.
/// </summary>
#pragma warning disable CA1001 // Without its wait handle a semaphore holds nothing, and requests may end after the agent.
internal sealed partial class AgentLoad
#pragma warning restore CA1001
{
    /// <summary>What is not longer is not counted: a connection's own buffers hold as much.</summary>
    public const int UncountedBytes = 64 * 1024;

    /// <summary>Filters of one client that wait for their turn or have it.</summary>
    public const int MaxFiltersPerClient = 4;

    // What a waiting query costs, its connection included.
    private const int WatcherBytes = 16 * 1024;
    private const long LeastMemory = 32L << 20;
    private const int LargestBody = 64 << 20;
    private const long LeastInFlight = 1L << 20;

    // Refusals with less than this between them are one burst, which is logged once.
    private static readonly TimeSpan s_burstEnds = TimeSpan.FromMinutes(1);

    private readonly int _maxWatchers;
    private readonly int _maxWatchersPerClient;
    private readonly long _maxBytes;
    private readonly long _maxBytesPerClient;
    private readonly AgentMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // By reason: when somebody was last refused for it, as a timestamp; 0: never. Changed by interlocked operations.
    private readonly long[] _lastRefused = new long[Enum.GetValues<RefusalReason>().Length];

    // Some threads of the pool are always left to new connections, to those that end, and to all else.
    private readonly SemaphoreSlim _turns = new(Math.Max(1, Environment.ProcessorCount / 2));
    private int _filters;
    private int _watchers;
    private int _connections;
    private long _bytes;

    /// <param name="options">The limits.</param>
    /// <param name="metrics">Hears of each refusal.</param>
    /// <param name="time">The clock of readings and bursts.</param>
    /// <param name="logger">Hears of each burst.</param>
    /// <exception cref="ConsulAgentException">A limit makes no sense.</exception>
    public AgentLoad(AgentLimitOptions options, AgentMetrics metrics, TimeProvider time, ILogger<AgentLoad> logger)
    {
        Check(options);
        var memory = options.MaxMemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        Memory = new MemoryPressure(memory, options.ReadMemory, time);
        _maxWatchers = options.MaxWatchers ?? (int)Math.Clamp(memory / 4 / WatcherBytes, 1, int.MaxValue);
        _maxWatchersPerClient = options.MaxWatchersPerClient ?? int.MaxValue;
        _maxBytes = options.MaxBytesInFlight ?? memory / 4;
        _maxBytesPerClient = options.MaxBytesInFlightPerClient ?? long.MaxValue;
        (_metrics, _time, _logger) = (metrics, time, logger);
    }

    public MemoryPressure Memory { get; }

    /// <summary>Queries and listeners that wait at this moment.</summary>
    public int Watchers => Volatile.Read(ref _watchers);

    /// <summary>Filters that wait for their turn at this moment, or have it.</summary>
    public int Filters => Volatile.Read(ref _filters);

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Of large answers that clients have not read yet, and of large bodies that have not come to their end.</summary>
    public long BytesInFlight => Volatile.Read(ref _bytes);

    /// <exception cref="ConsulAgentException">A limit makes no sense.</exception>
    public static void Check(AgentLimitOptions options)
    {
        Require(options.MaxMemoryBytes is null or >= LeastMemory, "Limits.MaxMemoryBytes (limits.max_memory) is less than 32 MiB: leave it out for what the runtime may use");
        Require(options.MaxWatchers is null or > 0, "Limits.MaxWatchers (limits.max_watchers) is less than 1: leave it out for as many as fit into memory");
        Require(options.MaxWatchersPerClient is null or > 0, "Limits.MaxWatchersPerClient (limits.max_watchers_per_client) is less than 1: leave it out for no share");
        Require(options.MaxConnections is null or > 0, "Limits.MaxConnections (limits.max_connections) is less than 1: leave it out for any number");
        Require(options.MaxBytesInFlight is null or >= LeastInFlight, "Limits.MaxBytesInFlight (limits.max_bytes_in_flight) is less than 1 MiB: leave it out for a quarter of memory");
        Require(options.MaxBytesInFlightPerClient is null or >= LeastInFlight, "Limits.MaxBytesInFlightPerClient (limits.max_bytes_in_flight_per_client) is less than 1 MiB: leave it out for no share");
        Require(options.MaxProbes > 0, "Limits.MaxProbes (limits.max_probes) is less than 1");
        Require(options.MaxScripts > 0, "Limits.MaxScripts (limits.max_scripts) is less than 1");
        Require(options.MaxValueBytes is > 0 and <= LargestBody, "Limits.MaxValueBytes (limits.kv_max_value_size) is not from 1 to 67108864");
        Require(options.MaxTransactionBytes is > 0 and <= LargestBody, "Limits.MaxTransactionBytes (limits.txn_max_req_len) is not from 1 to 67108864");
    }

    /// <summary>Whether memory is so short that this has to go.</summary>
    /// <param name="what">What it is.</param>
    /// <param name="now">A timestamp of the clock.</param>
    public bool IsTooMuch(Precedence what, long now) => Memory.Admitted(now) > what;

    /// <summary>Somebody begins to wait. Ends with <see cref="EndWait"/>.</summary>
    /// <param name="client">Who; null: nobody that could be told apart.</param>
    /// <exception cref="AgentOverloadedException">Too many do.</exception>
    public void BeginWait(ClientUse? client)
    {
        if (IsTooMuch(Precedence.Growing, _time.GetTimestamp()))
        {
            throw Refuse(RefusalReason.Memory);
        }

        if (client is not null && Interlocked.Increment(ref client.Watchers) > _maxWatchersPerClient)
        {
            Interlocked.Decrement(ref client.Watchers);
            throw Refuse(RefusalReason.ClientWatchers);
        }

        if (Interlocked.Increment(ref _watchers) > _maxWatchers)
        {
            EndWait(client);
            throw Refuse(RefusalReason.Watchers);
        }
    }

    public void EndWait(ClientUse? client)
    {
        Interlocked.Decrement(ref _watchers);
        if (client is not null)
        {
            Interlocked.Decrement(ref client.Watchers);
        }
    }

    /// <summary>A filter waits, without a thread, until it may be computed. Ends with <see cref="EndFilter"/>, unless it throws.</summary>
    /// <param name="client">Whose it is; null: nobody's that could be told apart.</param>
    /// <param name="aborted">Ends the wait.</param>
    /// <exception cref="AgentOverloadedException">Too many of the client do.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async Task BeginFilterAsync(ClientUse? client, CancellationToken aborted)
    {
        if (client is not null && Interlocked.Increment(ref client.Filters) > MaxFiltersPerClient)
        {
            Interlocked.Decrement(ref client.Filters);
            throw Refuse(RefusalReason.ClientFilters);
        }

        Interlocked.Increment(ref _filters);
        var hasTurn = false;
        try
        {
            await _turns.WaitAsync(aborted).ConfigureAwait(false);
            hasTurn = true;
        }
        finally
        {
            if (!hasTurn)
            {
                LeaveFilters(client);
            }
        }
    }

    public void EndFilter(ClientUse? client)
    {
        _turns.Release();
        LeaveFilters(client);
    }

    private void LeaveFilters(ClientUse? client)
    {
        Interlocked.Decrement(ref _filters);
        if (client is not null)
        {
            Interlocked.Decrement(ref client.Filters);
        }
    }

    /// <summary>Bytes are held for a client until <see cref="Release"/>.</summary>
    /// <exception cref="AgentOverloadedException">Too many are.</exception>
    public void Hold(ClientUse? client, long bytes)
    {
        // What is alone is let through, or it could never be.
        var ofClient = client is null ? 0 : Interlocked.Add(ref client.Bytes, bytes);
        if (ofClient > _maxBytesPerClient && ofClient > bytes)
        {
            Interlocked.Add(ref client!.Bytes, -bytes);
            throw Refuse(RefusalReason.ClientBytes);
        }

        var all = Interlocked.Add(ref _bytes, bytes);
        if (all > _maxBytes && all > bytes)
        {
            Release(client, bytes);
            throw Refuse(RefusalReason.Bytes);
        }
    }

    public void Release(ClientUse? client, long bytes)
    {
        Interlocked.Add(ref _bytes, -bytes);
        if (client is not null)
        {
            Interlocked.Add(ref client.Bytes, -bytes);
        }
    }

    public int Connect() => Interlocked.Increment(ref _connections);

    public void Disconnect() => Interlocked.Decrement(ref _connections);

    /// <summary>Somebody is refused: counted, and the first of a burst logged.</summary>
    public AgentOverloadedException Refuse(RefusalReason reason)
    {
        Count(reason);
        return new AgentOverloadedException(reason);
    }

    /// <summary>Somebody is refused for what he alone did wrong: counted, and no matter for the log.</summary>
    public void CountClient(RefusalReason reason) => _metrics.Count("rollcall.agent.refused", "reason", Refusal.Name(reason));

    /// <summary>Somebody is refused, and told so otherwise: counted, and the first of a burst logged.</summary>
    public void Count(RefusalReason reason)
    {
        var now = Math.Max(1, _time.GetTimestamp());
        var last = Interlocked.Exchange(ref _lastRefused[(int)reason], now);
        CountClient(reason);
        if (last == 0 || _time.GetElapsedTime(last, now) >= s_burstEnds)
        {
            Log.Refusing(_logger, Refusal.Name(reason), Watchers, Connections, BytesInFlight, Memory.InUse, Memory.Limit);
        }
    }

    private static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new ConsulAgentException(fault);
        }
    }
}
