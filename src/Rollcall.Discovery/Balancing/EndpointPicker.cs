using System.Collections.Immutable;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Limits;

namespace Rollcall.Discovery.Balancing;

/// <summary>Picks from one fixed list of endpoints; replaced as a whole when the list changes. Thread-safe, allocates nothing, takes no lock.</summary>
public abstract class EndpointPicker
{
    private readonly ICallObserver? _observer;
    private readonly bool _countsCalls;

    /// <param name="input">What the policy was given.</param>
    /// <exception cref="ArgumentException">There is not one state for each endpoint.</exception>
    protected EndpointPicker(PickerInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Endpoints = input.Endpoints;
        States = input.States;
        if (States.Length != Endpoints.Length)
        {
            throw new ArgumentException($"There are {States.Length} states for {Endpoints.Length} endpoints.", nameof(input));
        }

        _countsCalls = input.CountsCalls;
        _observer = input.Observer;
    }

    /// <summary>The list. A slot is a position in it.</summary>
    public ImmutableArray<Endpoint> Endpoints { get; }

    /// <summary>What is known of each endpoint, by its slot.</summary>
    public ImmutableArray<EndpointState> States { get; }

    /// <summary>Picks for one call, never an endpoint that the call has tried while another is left.</summary>
    /// <returns>False when the list is empty, or the policy has nothing to lend.</returns>
    public bool TryPick(in PickContext context, out PickLease lease)
    {
        var slot = ChooseFor(context);
        if (slot < 0)
        {
            lease = default;
            return false;
        }

        lease = Lend(slot);
        return true;
    }

    /// <summary>
    /// The policy's choice; lends nothing by itself. Every choice ends with <see cref="OnCompleted"/>, or with <see cref="OnReplaced"/> by none. For a
    /// further attempt of a call (<see cref="PickContext.IsRetry"/>) a choice that was tried is replaced by the next one in the list that was not.
    /// </summary>
    /// <returns>The slot; -1 for none. The list is not empty.</returns>
    public abstract int Choose(in PickContext context);

    /// <summary>
    /// A call on an endpoint that this picker lent has ended. What it throws is logged by the <see cref="ServiceBalancer"/> as an error and does not come to the
    /// call; of a picker that was made without one, <see cref="PickLease.Complete"/> throws it. Either way the call is no longer in flight. Default: not of
    /// interest.
    /// </summary>
    /// <param name="slot">The endpoint's position in the list that the picker was made for.</param>
    /// <param name="outcome">How it ended.</param>
    public virtual void OnCompleted(int slot, in CallOutcome outcome)
    {
    }

    /// <summary>A choice does not come to a call, or another one comes to it instead. Must not throw. Default: not of interest.</summary>
    /// <param name="slot">The choice.</param>
    /// <param name="other">What is lent in its place; -1: nothing.</param>
    public virtual void OnReplaced(int slot, int other)
    {
    }

    /// <summary>Whether a call may go to a slot with room because the one that was chosen for it is full. Asked for the rare full ones only.</summary>
    /// <param name="slot">The one with room.</param>
    /// <param name="full">The choice.</param>
    internal virtual bool MayStandIn(int slot, int full) => true;

    /// <summary>
    /// The slot for a call, never one that it has tried while another is left; -1 for none. Lends nothing: <see cref="Lend"/> follows, or
    /// <see cref="OnReplaced"/> if it does not, or <see cref="OnReplaced"/> and <see cref="Lend"/> if another slot is lent.
    /// </summary>
    internal int ChooseFor(in PickContext context)
    {
        var slot = Endpoints.Length == 0 ? -1 : Choose(context);
        return slot >= 0 && context.IsRetry ? ReplaceTried(slot, context) : slot;
    }

    /// <summary>Lends a slot unless its endpoint has so many calls in flight already.</summary>
    /// <param name="slot">The choice.</param>
    /// <param name="limit">How many it may have.</param>
    /// <param name="lease">The endpoint, when true is returned.</param>
    internal bool TryLend(int slot, CallLimit limit, out PickLease lease)
    {
        if (limit.IsNone)
        {
            lease = Lend(slot);
            return true;
        }

        var room = States[slot].TryPick(limit.For(States[slot]));
        lease = room ? new PickLease(this, slot) : default;
        return room;
    }

    internal PickLease Lend(int slot)
    {
        if (_countsCalls)
        {
            States[slot].OnPicked();
        }

        return new PickLease(this, slot);
    }

    internal void Complete(int slot, in CallOutcome outcome)
    {
        try
        {
            OnCompleted(slot, outcome);
        }
        catch (Exception e) when (_observer is not null)
        {
            _observer.OnPolicyFailed(e);
        }
        finally
        {
            // Whatever becomes of a policy of the user's own, the call is over.
            if (_countsCalls)
            {
                States[slot].OnCompleted();
            }

            _observer?.OnCompleted(Endpoints[slot], States[slot], outcome);
        }
    }

    private int ReplaceTried(int slot, in PickContext context)
    {
        var untried = UntriedSlots.FirstFrom(Endpoints, slot, context);
        if (untried != slot)
        {
            OnReplaced(slot, untried);
        }

        return untried;
    }
}
