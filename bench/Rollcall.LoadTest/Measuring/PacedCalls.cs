using System.Diagnostics;

namespace Rollcall.LoadTest.Measuring;

/// <summary>
/// Begins calls at a fixed rate, whether or not earlier ones have ended, so that a stall shows as calls that pile up rather than as calls that were
/// never made. Calls that are under way at the stop are finished.
/// </summary>
internal sealed class PacedCalls
{
    /// <summary>The time that a call has: it ends what would never end. How long calls take is a matter of their times, and on a machine that is busy all are slow.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(10);

    private readonly IPacedCall[] _kinds;
    private readonly Task _pacing;
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _begun;
    private long _calls;
    private long _failed;
    private string? _firstFailure;

    public PacedCalls(IPacedCall[] kinds, int perSecond, CancellationToken stop)
    {
        _kinds = kinds;
        _pacing = Task.Run(() => PaceAsync(perSecond, stop), CancellationToken.None);
    }

    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>Calls that have begun and not ended.</summary>
    public long UnderWay
    {
        get
        {
            // In this order: one that ends in between must not make it negative.
            var calls = Calls;
            return Interlocked.Read(ref _begun) - calls;
        }
    }

    public long Failed => Interlocked.Read(ref _failed);

    public string? FirstFailure => Volatile.Read(ref _firstFailure);

    /// <summary>Calls begun a second.</summary>
    public double Rate { get; private set; }

    public Task EndedAsync() => _pacing;

    private async Task PaceAsync(int perSecond, CancellationToken stop)
    {
        var underWay = new List<Task>();
        using var timer = new PeriodicTimer(s_tick);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var due = (long)(Stopwatch.GetElapsedTime(_started).TotalSeconds * perSecond);
                while (_begun < due)
                {
                    var kind = _kinds[_begun % _kinds.Length];
                    Interlocked.Increment(ref _begun);
                    underWay.Add(CallAsync(kind));
                }

                underWay.RemoveAll(static call => call.IsCompleted);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the pacing, not of the calls.
        }

        Rate = _begun / Stopwatch.GetElapsedTime(_started).TotalSeconds;
        await Task.WhenAll(underWay);
    }

    private async Task CallAsync(IPacedCall call)
    {
        try
        {
            await call.CallAsync();
        }
        catch (Exception e)
        {
            Interlocked.Increment(ref _failed);
            Interlocked.CompareExchange(ref _firstFailure, e.Message, null);
        }

        Interlocked.Increment(ref _calls);
    }
}
