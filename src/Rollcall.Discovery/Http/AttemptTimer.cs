namespace Rollcall.Discovery.Http;

/// <summary>The time that an attempt has until the response's headers. Thread-safe.</summary>
internal sealed class AttemptTimer : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _either;

    private AttemptTimer(TimeSpan time, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        _timer = new CancellationTokenSource(time, timeProvider);
        _either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _timer.Token);
    }

    /// <summary>Cancelled when the time is over, or by the caller.</summary>
    public CancellationToken Token => _either.Token;

    public bool IsOver => _timer.IsCancellationRequested;

    /// <param name="time">Not negative; above a day counts as a day.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public static AttemptTimer Start(TimeSpan time, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        // Timers take no more than some weeks.
        var longest = TimeSpan.FromDays(1);
        return new AttemptTimer(time < longest ? time : longest, timeProvider, cancellationToken);
    }

    /// <summary>Ends the attempt, whatever the time. Not after <see cref="Dispose"/>.</summary>
    public void Cancel() => _either.Cancel();

    /// <summary>The headers are there: only the caller can give up now. Not after <see cref="Dispose"/>.</summary>
    public void Disarm() => _timer.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _either.Dispose();
        _timer.Dispose();
    }
}
