using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Rollcall.Discovery.Balancing.Internal;

namespace Rollcall.Discovery.Balancing.Canary;

/// <summary>Picks from the instances on trial or from the others. Neither is empty.</summary>
internal sealed class CanaryPicker : EndpointPicker
{
    private readonly Part _trial;
    private readonly Part _others;
    private readonly Random _random;
    private readonly CanaryRule _rule;

    // For each slot, its place in the part that it is in.
    private readonly ImmutableArray<int> _inner;
    private readonly ImmutableArray<bool> _isTrial;

    public CanaryPicker(PickerInput input, IBalancingPolicy policy, CanaryRule rule)
        : base(input)
    {
        _random = input.Random;
        _rule = rule;
        _isTrial = [.. input.Endpoints.Select(rule.Instances.Matches)];
        _trial = new Part(input, policy, SlotsOf(true), Previous(input, true));
        _others = new Part(input, policy, SlotsOf(false), Previous(input, false));
        var inner = new int[input.Endpoints.Length];
        _trial.Number(inner);
        _others.Number(inner);
        _inner = ImmutableCollectionsMarshal.AsImmutableArray(inner);
    }

    /// <summary>The policy's picker of one part.</summary>
    public EndpointPicker Of(bool trial) => (trial ? _trial : _others).Picker;

    public override int Choose(in PickContext context)
    {
        var isForTrial = _rule.IsForTrial(context, _random);
        var first = isForTrial ? _trial : _others;
        var slot = first.Choose(context);
        if (slot >= 0 && !(context.IsRetry && context.HasTried(Endpoints[slot])))
        {
            return slot;
        }

        // The call has been everywhere on its side: better the other one than the same instance again.
        var other = (isForTrial ? _others : _trial).Choose(context);
        var isOther = other >= 0 && !(slot >= 0 && context.HasTried(Endpoints[other]));
        var dropped = isOther ? slot : other;
        if (dropped >= 0)
        {
            OnReplaced(dropped, -1);
        }

        return isOther ? other : slot;
    }

    /// <summary>A call whose side is settled, whatever becomes of its key.</summary>
    public PickContext WithSide(in PickContext context) => context with { Canary = _rule.IsForTrial(context, _random) };

    // One of the other side comes in place only when the call has tried the choice and the policy of that side chose none, which hears nothing of it.
    public override void OnReplaced(int slot, int other) =>
        Of(_isTrial[slot]).OnReplaced(_inner[slot], other >= 0 && _isTrial[other] == _isTrial[slot] ? _inner[other] : -1);

    public override void OnCompleted(int slot, in CallOutcome outcome) => Of(_isTrial[slot]).OnCompleted(_inner[slot], outcome);

    internal override bool MayStandIn(int slot, int full) =>
        _isTrial[slot] == _isTrial[full] && Of(_isTrial[slot]).MayStandIn(_inner[slot], _inner[full]);

    private static EndpointPicker? Previous(PickerInput input, bool trial) =>
        input.Previous is CanaryPicker previous ? previous.Of(trial) : trial ? null : input.Previous;

    private ImmutableArray<int> SlotsOf(bool trial) => [.. Enumerable.Range(0, _isTrial.Length).Where(slot => _isTrial[slot] == trial)];

    /// <summary>One side: the policy's picker, and where its slots are in the whole list.</summary>
    private sealed class Part(PickerInput input, IBalancingPolicy policy, ImmutableArray<int> slots, EndpointPicker? previous)
    {
        public EndpointPicker Picker { get; } = policy.CreatePicker(input with
        {
            Endpoints = [.. slots.Select(slot => input.Endpoints[slot])],
            States = [.. slots.Select(slot => input.States[slot])],
            Previous = previous,

            // The whole picker does both.
            CountsCalls = false,
            Observer = null,
        });

        public int Choose(in PickContext context)
        {
            var slot = Picker.ChooseFor(context);
            return slot < 0 ? slot : slots[slot];
        }

        public void Number(int[] inner)
        {
            for (var i = 0; i < slots.Length; i++)
            {
                inner[slots[i]] = i;
            }
        }
    }
}
