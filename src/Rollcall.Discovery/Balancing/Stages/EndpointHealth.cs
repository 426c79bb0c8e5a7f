using Rollcall.Discovery.Balancing.Ejection;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>What the stages before the policy remember of one endpoint, for as long as it is listed. Each field says who writes it.</summary>
internal sealed class EndpointHealth
{
    private long _joinedAt;
    private long _coolingUntil;
    private int _refusals;
    private int _failuresInARow;
    private CallTally? _tally;
    private IntervalRecord? _lastInterval;
    private EjectionState? _ejection;

    /// <summary>When the endpoint came into a list that was not the caller's first, as a timestamp; 0: it was there from the start.</summary>
    public long JoinedAt
    {
        get => Volatile.Read(ref _joinedAt);
        set => Volatile.Write(ref _joinedAt, value);
    }

    /// <summary>Refused connections since the last answer. Written under the lock of <see cref="UnreachableCooldown"/>.</summary>
    public int Refusals
    {
        get => Volatile.Read(ref _refusals);
        set => Volatile.Write(ref _refusals, value);
    }

    /// <summary>When the last of them was reported. Guarded by the lock of <see cref="UnreachableCooldown"/>.</summary>
    public long RefusedAt { get; set; }

    /// <summary>Until when it is left out because of them. Written under the lock of <see cref="UnreachableCooldown"/>.</summary>
    public long CoolingUntil
    {
        get => Volatile.Read(ref _coolingUntil);
        set => Volatile.Write(ref _coolingUntil, value);
    }

    /// <summary>Failed calls since the last that succeeded, or since the last ejection.</summary>
    public int FailuresInARow => Volatile.Read(ref _failuresInARow);

    /// <summary>What comparisons at intervals go by; null until the first call that they count. Never null again.</summary>
    public CallTally? Tally => Volatile.Read(ref _tally);

    /// <summary>The last interval in which calls were counted; null while there was none. Written by the one who judges.</summary>
    public IntervalRecord? LastInterval
    {
        get => Volatile.Read(ref _lastInterval);
        set => Volatile.Write(ref _lastInterval, value);
    }

    /// <summary>Its ejections; null while there was none. Replaced under the lock of <see cref="OutlierDetector"/>.</summary>
    public EjectionState? Ejection
    {
        get => Volatile.Read(ref _ejection);
        set => Volatile.Write(ref _ejection, value);
    }

    public bool IsEjected => Ejection is { IsOver: false };

    /// <summary>How many that are in a row now.</summary>
    public int AddFailure() => Interlocked.Increment(ref _failuresInARow);

    public void EndFailures()
    {
        // Almost always there are none; then nothing is written to memory that other threads read.
        if (Volatile.Read(ref _failuresInARow) != 0)
        {
            Volatile.Write(ref _failuresInARow, 0);
        }
    }

    public CallTally EnsureTally() =>
        Tally ?? Interlocked.CompareExchange(ref _tally, new CallTally(), null) ?? _tally!;
}
