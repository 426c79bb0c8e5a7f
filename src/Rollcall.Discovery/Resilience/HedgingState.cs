namespace Rollcall.Discovery.Resilience;

/// <summary>
/// Decides, for one call, how many copies of it are sent and when (gRFC A6). Belongs to the one loop that sends the copies and waits for the
/// first that decides; not thread-safe.
/// </summary>
/// <remarks>
/// <para>The loop: <see cref="TrySend"/>, then the copy goes to an endpoint that the call has not tried, and <see cref="TryGetNext"/> says when the
/// next one is due. A copy that has an answer ends the call. For one that failed, <see cref="OnFailure"/> says what follows.</para>
/// <para>A copy that no server has seen goes to another endpoint at once (<see cref="UntriedEndpoints"/>) after <see cref="TakeBack"/>: it does
/// not count.</para>
/// </remarks>
/// <param name="settings">The policy.</param>
/// <param name="throttle">The bucket of the service. Null: copies are not throttled.</param>
public sealed class HedgingState(HedgingSettings settings, RetryThrottle? throttle)
{
    private bool _stopped;

    /// <summary>Copies that were sent and count.</summary>
    public int Sent { get; private set; }

    private bool MayHedge => !_stopped && Sent < settings.MaxAttempts;

    /// <summary>No further copies: the call can't be kept to be sent again, or no endpoint is left.</summary>
    public void Stop() => _stopped = true;

    /// <summary>A copy is due: may it be sent? Counts it if so. The first one always may.</summary>
    public bool TrySend()
    {
        if (Sent > 0 && (!MayHedge || throttle is { AllowsRetry: false }))
        {
            _stopped = true;
            return false;
        }

        Sent++;
        return true;
    }

    /// <summary>The last copy does not count: no server has seen it.</summary>
    public void TakeBack() => Sent--;

    /// <summary>When the next copy is due.</summary>
    /// <param name="remaining">The time until the call's deadline; <see cref="TimeSpan.MaxValue"/> when it has none.</param>
    /// <param name="delay">The wait from now.</param>
    /// <returns>False: none will follow by the clock, for none is allowed or its turn would come after the deadline.</returns>
    public bool TryGetNext(TimeSpan remaining, out TimeSpan delay)
    {
        delay = settings.Delay;
        return MayHedge && delay < remaining;
    }

    /// <summary>A copy failed. What follows?</summary>
    /// <param name="nonFatal">The policy names its status as one that does not end the call.</param>
    /// <param name="neverSent">No server has seen it: it says nothing about the others and costs no token.</param>
    /// <param name="pushback">As for <see cref="RetryState.TryNext"/>; negative ends the sending of copies, not the call.</param>
    /// <param name="running">Copies that are still on their way.</param>
    /// <param name="remaining">The time until the call's deadline; <see cref="TimeSpan.MaxValue"/> when it has none.</param>
    public HedgeStep OnFailure(bool nonFatal, bool neverSent, TimeSpan? pushback, int running, TimeSpan remaining)
    {
        var forbidden = pushback < TimeSpan.Zero;
        if (!neverSent && (nonFatal || forbidden))
        {
            throttle?.OnFailure();
        }

        _stopped |= forbidden || pushback >= remaining || throttle is { AllowsRetry: false };
        var fatal = !nonFatal && !(neverSent && running > 0);
        if (fatal || (running == 0 && !MayHedge))
        {
            return HedgeStep.End;
        }

        return pushback is not null && MayHedge ? HedgeStep.SendLater
            : nonFatal ? HedgeStep.SendNow
            : HedgeStep.GoOn;
    }
}
