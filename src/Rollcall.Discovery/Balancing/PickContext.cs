namespace Rollcall.Discovery.Balancing;

/// <summary>What a policy may know of the call that it picks for.</summary>
public readonly struct PickContext
{
    /// <summary>Endpoints that this call has tried already: they are picked again only when no other is left. Null: the first attempt.</summary>
    public IReadOnlyList<Endpoint>? Tried { get; init; }

    /// <summary>
    /// What identifies the call to policies that hash: calls with the same number go to the same endpoint while that is there. Any number
    /// does, also a small one. Null: nothing does, and such policies pick at random.
    /// </summary>
    public ulong? HashKey { get; init; }

    /// <summary>
    /// Whether the call goes to the instances on trial (<see cref="Canary.CanaryRule"/>), by what <see cref="Canary.CanaryRule.Decide"/> makes of
    /// its headers. Null: the rule's share decides.
    /// </summary>
    public bool? Canary { get; init; }

    /// <summary>Whether this is a further attempt of a call.</summary>
    public bool IsRetry => Tried is { Count: > 0 };

    /// <summary>Whether the call has tried this endpoint. Allocates nothing.</summary>
    public bool HasTried(Endpoint endpoint)
    {
        if (Tried is null)
        {
            return false;
        }

        for (var i = 0; i < Tried.Count; i++)
        {
            if (Tried[i].Equals(endpoint))
            {
                return true;
            }
        }
        return false;
    }
}
