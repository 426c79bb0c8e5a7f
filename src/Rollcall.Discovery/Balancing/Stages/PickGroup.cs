using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Limits;
using Rollcall.Discovery.Balancing.SlowStart;

namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>A level of a roster that takes calls, with the picker over those of its endpoints that are in use. Immutable.</summary>
/// <param name="Split">The level.</param>
/// <param name="Share">The part of the calls that it takes.</param>
/// <param name="Picker">The policy's.</param>
/// <param name="WarmUp">Which endpoints of the picker warm; null for none.</param>
/// <param name="Limit">How many calls an endpoint may have.</param>
internal sealed record PickGroup(HealthSplit Split, double Share, EndpointPicker Picker, WarmUp? WarmUp, CallLimit Limit)
{
    // The least part of a share is 1 %, so almost every pick ends long before.
    private const int MaxChoices = 100;

    /// <summary>With a canary, the side of all its endpoints. Null: it has some of each, or there is no canary.</summary>
    public bool? IsOnTrial { get; init; }

    /// <summary>Whether the picker goes by the keys of calls.</summary>
    public bool UsesHashKey { get; init; }

    /// <summary>Whether picks need nothing but the picker.</summary>
    public bool IsPlain => WarmUp is null && Limit.IsNone;

    /// <param name="context">The call.</param>
    /// <param name="untriedOnly">Nothing rather than an endpoint that the call has tried.</param>
    /// <param name="lease">The endpoint, when true is returned.</param>
    public bool TryPick(in PickContext context, bool untriedOnly, out PickLease lease)
    {
        var slot = WarmUp is null || context.IsRetry ? Picker.ChooseFor(context) : ChooseWarm(WarmUp, context);
        if (slot < 0 || (untriedOnly && context.HasTried(Picker.Endpoints[slot])))
        {
            if (slot >= 0)
            {
                Picker.OnReplaced(slot, -1);
            }

            lease = default;
            return false;
        }

        return Picker.TryLend(slot, Limit, out lease) || TryPickOther(slot, context, untriedOnly, out lease);
    }

    /// <summary>The next endpoint of the list that has room, where the chosen one has none: a scan, since most picks find room at once.</summary>
    private bool TryPickOther(int full, in PickContext context, bool untriedOnly, out PickLease lease)
    {
        var count = Picker.Endpoints.Length;
        for (var i = 1; i < count; i++)
        {
            var slot = (full + i) % count;
            if (Picker.MayStandIn(slot, full)
                && !(untriedOnly && context.HasTried(Picker.Endpoints[slot]))
                && Picker.TryLend(slot, Limit, out lease))
            {
                Picker.OnReplaced(full, slot);
                return true;
            }
        }

        Picker.OnReplaced(full, -1);
        lease = default;
        return false;
    }

    /// <summary>What the policy chooses for a call, whether it has room or not; nothing is lent.</summary>
    /// <returns>-1: none.</returns>
    public int Choose(in PickContext context)
    {
        var slot = Picker.ChooseFor(context);
        if (slot >= 0)
        {
            Picker.OnReplaced(slot, -1);
        }

        return slot;
    }

    /// <summary>Whether the policy's choice, or another one in its place, has room.</summary>
    public bool HasRoomFor(in PickContext context)
    {
        var chosen = Choose(context);
        for (var slot = 0; chosen >= 0 && slot < Picker.States.Length; slot++)
        {
            if (!Limit.IsFull(Picker.States[slot]) && (slot == chosen || Picker.MayStandIn(slot, chosen)))
            {
                return true;
            }
        }

        return false;
    }

    private int ChooseWarm(WarmUp warmUp, PickContext context)
    {
        // Once for all choices: a new instance must not send calls to the other side.
        context = (Picker as CanaryPicker)?.WithSide(context) ?? context;
        for (var choices = 1; ; choices++)
        {
            var slot = Picker.ChooseFor(context);
            var key = UsesHashKey ? context.HashKey : null;
            if (slot < 0 || choices == MaxChoices || warmUp.Accepts(slot, key))
            {
                return slot;
            }

            Picker.OnReplaced(slot, -1);
            if (key is { } refused)
            {
                // Elsewhere in the table, and for each key always in the same place.
                context = context with { HashKey = HashMix.Mix(refused) };
            }
        }
    }
}
