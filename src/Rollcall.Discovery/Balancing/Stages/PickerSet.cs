using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>What a balancer picks from, for one list, one state of health and one setting. Replaced as a whole; its pickers are thread-safe.</summary>
internal sealed class PickerSet
{
    private readonly ImmutableArray<PickGroup> _groups;
    private readonly ReservePicker? _reserve;

    // The only picker, when nothing stands between it and a call.
    private readonly EndpointPicker? _plain;

    public PickerSet(Roster roster, IBalancingPolicy policy, int healthVersion, ImmutableArray<PickGroup> groups, ReservePicker? reserve)
    {
        Roster = roster;
        Policy = policy;
        HealthVersion = healthVersion;
        _groups = groups;
        _reserve = reserve;
        _plain = groups.Length == 1 ? groups[0].Picker : null;
        foreach (var group in groups)
        {
            Expiry = Math.Min(Expiry, group.Split.Expiry);
        }
    }

    public Roster Roster { get; }

    public IBalancingPolicy Policy { get; }

    /// <summary>Which changes of health it knows of.</summary>
    public int HealthVersion { get; }

    public ImmutableArray<PickGroup> Groups => _groups;

    /// <summary>When it is over by time alone; <see cref="long.MaxValue"/>: never.</summary>
    public long Expiry { get; } = long.MaxValue;

    public bool TryPick(in PickContext context, out PickLease lease) =>
        _plain is { } plain && (_reserve is null || !context.IsRetry)
            ? plain.TryPick(context, out lease)
            : TryPickInStages(context, out lease);

    private bool TryPickInStages(in PickContext context, out PickLease lease)
    {
        if (context.IsRetry)
        {
            // An endpoint that refused others is still better than one that failed this call.
            return TryGroups(context, untriedOnly: true, out lease)
                || (_reserve is not null && _reserve.TryPick(context, out lease))
                || TryGroups(context, untriedOnly: false, out lease);
        }

        return TryGroups(context, untriedOnly: false, out lease);
    }

    private bool TryGroups(in PickContext context, bool untriedOnly, out PickLease lease)
    {
        foreach (var group in _groups)
        {
            if (group.TryPick(context, untriedOnly, out lease))
            {
                return true;
            }
        }

        lease = default;
        return false;
    }
}
