namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// Ends one call early, for one reason: its deadline, or somebody who does not want it any more. The first reason wins, so that a
/// deadline is never reported as a cancellation or the other way round, whatever the clock says when the exception arrives.
/// </summary>
/// <remarks>Pooled: a call that ended undisturbed gives it back, and with it the registrations that the HTTP stack made.</remarks>
internal sealed class CallCancellation : IDisposable
{
    // Longest time that a timer takes. A deadline after that is left to the server.
    private static readonly TimeSpan s_maxTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _source = new();
    private ITimer? _timer;
    private int _reason;

    public CallCancellation(TimeProvider time)
    {
        _time = time;
        Token = _source.Token;
    }

    public CancellationToken Token { get; }

    /// <summary>On the token of the served call that caused this one. The call unregisters it.</summary>
    public CancellationTokenRegistration Parent { get; set; }

    /// <summary>The call's deadline ended it.</summary>
    public bool IsDeadline => Token.IsCancellationRequested && Volatile.Read(ref _reason) != (int)Reason.Cancelled;

    public void StartDeadline(TimeSpan remaining)
    {
        if (remaining > s_maxTimer)
        {
            return;
        }

        if (remaining <= TimeSpan.Zero)
        {
            Expire();
            return;
        }

        if (_time == TimeProvider.System)
        {
            // The source's own timer survives pooling. Rounded up: CancelAfter cuts fractions of a millisecond off.
            _source.CancelAfter(TimeSpan.FromMilliseconds(Math.Ceiling(remaining.TotalMilliseconds)));
        }
        else
        {
            _timer?.Dispose();
            _timer = _time.CreateTimer(static state => ((CallCancellation)state!).Expire(), this, remaining, Timeout.InfiniteTimeSpan);
        }
    }

    public void Cancel()
    {
        // When the deadline came first it stays the reason.
        if (!Token.IsCancellationRequested && Interlocked.CompareExchange(ref _reason, (int)Reason.Cancelled, (int)Reason.None) == (int)Reason.None)
        {
            _source.Cancel();
        }
    }

    /// <summary>The deadline has passed.</summary>
    public void Expire()
    {
        if (Interlocked.CompareExchange(ref _reason, (int)Reason.Deadline, (int)Reason.None) == (int)Reason.None)
        {
            _source.Cancel();
        }
    }

    /// <summary>Makes it ready for another call.</summary>
    /// <returns>False when it has fired or may yet fire.</returns>
    public bool TryReset()
    {
        Parent = default;
        return _timer is null && Volatile.Read(ref _reason) == (int)Reason.None && _source.TryReset();
    }

    /// <summary>Stops its timer.</summary>
    public void Dispose()
    {
        if (_timer is { } timer)
        {
            // The source stays: the timer may be firing at this moment, and it has nothing of its own to give back.
            timer.Dispose();
        }
        else
        {
            _source.Dispose();
        }
    }

    private enum Reason
    {
        None,
        Deadline,
        Cancelled,
    }
}
