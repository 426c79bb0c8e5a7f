namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>What the stages before the policy remember of one endpoint, for as long as it is listed. Each field says who writes it.</summary>
internal sealed class EndpointHealth
{
    private long _joinedAt;
    private long _coolingUntil;
    private int _refusals;

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
}
