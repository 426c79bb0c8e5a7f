using System.Collections.Immutable;
using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Limits;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>What a balancer picks from, for one list, one state of health and one setting. Replaced as a whole; its pickers are thread-safe.</summary>
internal sealed class PickerSet
{
    private const ulong GroupSalt = 0x9E3779B97F4A7C15;

    private readonly ImmutableArray<PickGroup> _groups;
    private readonly ImmutableArray<PickGroup> _standBy;
    private readonly ImmutableArray<ReservePicker> _reserves;
    private readonly Random _random;
    private readonly bool _usesHashKey;

    // The rule by which groups without an endpoint of a call's side are no place for it; null where each side is in all groups or in none.
    private readonly CanaryRule? _parting;

    // The only picker, when nothing stands between it and a call.
    private readonly EndpointPicker? _plain;

    /// <param name="roster">The list.</param>
    /// <param name="policy">The maker of the pickers.</param>
    /// <param name="healthVersion">Which changes of health the set knows of.</param>
    /// <param name="levels">All levels, nearest first.</param>
    /// <param name="groups">Those that take calls, nearest first; with a share of 0 such that take them when the others are full.</param>
    /// <param name="reserves">For calls that have tried everything in these, in the order in which they are tried.</param>
    /// <param name="draw">Which group calls go to, from 0 up to but not 1. Null: their key says so, or one is drawn for each.</param>
    public PickerSet(
        Roster roster,
        IBalancingPolicy policy,
        int healthVersion,
        ImmutableArray<HealthSplit> levels,
        ImmutableArray<PickGroup> groups,
        ImmutableArray<ReservePicker> reserves,
        double? draw)
    {
        Roster = roster;
        Policy = policy;
        HealthVersion = healthVersion;
        Levels = levels;
        Groups = groups;
        _groups = [.. groups.Where(static group => group.Share > 0)];
        _standBy = [.. groups.Where(static group => group.Share == 0)];
        _reserves = reserves;
        Draw = draw;
        _random = roster.Options.Random;
        _usesHashKey = policy.UsesHashKey;
        Limit = CallLimit.Of(roster.Options);
        _parting = groups.Any(static group => group.IsOnTrial is not null) && groups.Any(static group => group.IsOnTrial != true)
            && groups.Any(static group => group.IsOnTrial != false) ? (policy as CanaryPolicy)?.Rule : null;
        _plain = groups is [{ IsPlain: true } only] ? only.Picker : null;
        foreach (var group in groups)
        {
            Expiry = Math.Min(Expiry, group.WarmUp?.Expiry ?? long.MaxValue);
        }

        foreach (var level in levels)
        {
            Expiry = Math.Min(Expiry, level.Health.Expiry);
        }
    }

    public Roster Roster { get; }

    public IBalancingPolicy Policy { get; }

    public int HealthVersion { get; }

    public ImmutableArray<HealthSplit> Levels { get; }

    public ImmutableArray<PickGroup> Groups { get; }

    public double? Draw { get; }

    /// <summary>When it is over by time alone; <see cref="long.MaxValue"/>: never.</summary>
    public long Expiry { get; } = long.MaxValue;

    public CallLimit Limit { get; }

    public bool TryPick(in PickContext context, out PickLease lease) =>
        _plain is { } plain && (!context.IsRetry || _reserves.IsEmpty)
            ? plain.TryPick(context, out lease)
            : TryPickInStages(context, out lease);

    /// <summary>Whether the policy chooses any endpoint for a call, be it full.</summary>
    public bool Chooses(PickContext context) => Groups.Any(group => group.Choose(context) >= 0);

    /// <summary>Whether a first attempt would find an endpoint.</summary>
    public bool HasRoomFor(PickContext context)
    {
        var settled = Settle(context);
        return Groups.Any(group => (group.Share > 0 || IsOpenTo(group, settled)) && group.HasRoomFor(settled));
    }

    /// <summary>When a limit rises by time alone next; <see cref="long.MaxValue"/>: none does.</summary>
    /// <param name="now">Those that had risen before are left out.</param>
    public long NextRise(long now)
    {
        var next = long.MaxValue;
        if (Limit.IsAdaptive)
        {
            foreach (var state in Groups.SelectMany(static group => group.Picker.States))
            {
                next = state.AdaptiveLimit?.ProbeUntil is { } until && until >= now ? Math.Min(next, until) : next;
            }
        }

        return next;
    }

    private bool TryPickInStages(PickContext context, out PickLease lease)
    {
        context = Settle(context);
        var first = _groups.Length == 1 ? 0 : ChooseGroup(context);

        // Far endpoints, and such that refused others, are still better than one that failed this call.
        if (TryGroups(first, context, untriedOnly: context.IsRetry, out lease))
        {
            return true;
        }

        if (!context.IsRetry)
        {
            return false;
        }

        foreach (var reserve in _reserves)
        {
            var slot = reserve.ChooseFor(context);
            if (slot >= 0 && reserve.TryLend(slot, Limit, out lease))
            {
                return true;
            }
        }

        return TryGroups(first, context, untriedOnly: false, out lease);
    }

    private int ChooseGroup(in PickContext context)
    {
        // Mixed otherwise than for tables, slow start and canaries: the keys that a group takes are any of theirs. A policy that does not go by keys is to share out
        // calls, and its callers may all have the same key.
        var at = Draw ?? (context.HashKey is { } key && _usesHashKey ? HashMix.ToFraction(HashMix.Mix(HashMix.Mix(key) ^ GroupSalt)) : _random.NextDouble());
        for (var i = 0; i < _groups.Length - 1; i++)
        {
            at -= _groups[i].Share;
            if (at < 0)
            {
                return i;
            }
        }

        return _groups.Length - 1;
    }

    /// <summary>Once for all groups: a first attempt must not change its side from one to the next.</summary>
    private PickContext Settle(in PickContext context) =>
        _parting is { } rule && !context.IsRetry ? context with { Canary = rule.IsForTrial(context, _random) } : context;

    /// <summary>Whether a call may go to a group because others are full. A further attempt may change its side.</summary>
    private bool IsOpenTo(PickGroup group, in PickContext context) =>
        _parting is null || context.IsRetry || group.IsOnTrial is not { } side || side == context.Canary;

    /// <summary>The chosen group, then the others, nearest first; where they are full, those on stand-by.</summary>
    private bool TryGroups(int first, in PickContext context, bool untriedOnly, out PickLease lease)
    {
        if (_groups[first].TryPick(context, untriedOnly, out lease))
        {
            return true;
        }

        for (var i = 0; i < _groups.Length; i++)
        {
            if (i != first && IsOpenTo(_groups[i], context) && _groups[i].TryPick(context, untriedOnly, out lease))
            {
                return true;
            }
        }

        foreach (var group in _standBy)
        {
            if (IsOpenTo(group, context) && group.TryPick(context, untriedOnly, out lease))
            {
                return true;
            }
        }

        return false;
    }
}
