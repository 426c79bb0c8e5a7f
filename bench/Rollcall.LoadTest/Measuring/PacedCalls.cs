using System.Diagnostics;

namespace Rollcall.LoadTest.Measuring;

/// <summary>
/// Begins calls at a fixed rate, whether or not earlier ones have ended, so that a stall shows as calls that pile up rather than as calls that were
/// never made. Calls that are under way at the stop are finished.
/// </summary>
internal sealed class PacedCalls
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(10);

    private readonly IPacedCall[] _kinds;
    private readonly Task _pacing;
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _calls;
    private long _failed;
    private string? _firstFailure;

    public PacedCalls(IPacedCall[] kinds, int perSecond, CancellationToken stop)
    {
        _kinds = kinds;
        _pacing = Task.Run(() => PaceAsync(perSecond, stop), CancellationToken.None);
    }

    public long Calls => Interlocked.Read(ref _calls);

    public long Failed => Interlocked.Read(ref _failed);

    public string? FirstFailure => Volatile.Read(ref _firstFailure);

    /// <summary>Calls begun a second.</summary>
    public double Rate { get; private set; }

    public Task EndedAsync() => _pacing;

    private async Task PaceAsync(int perSecond, CancellationToken stop)
    {
        var underWay = new List<Task>();
        var begun = 0L;
        using var timer = new PeriodicTimer(s_tick);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var due = (long)(Stopwatch.GetElapsedTime(_started).TotalSeconds * perSecond);
                for (; begun < due; begun++)
                {
                    underWay.Add(CallAsync(_kinds[begun % _kinds.Length]));
                }

                underWay.RemoveAll(static call => call.IsCompleted);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the pacing, not of the calls.
        }

        Rate = begun / Stopwatch.GetElapsedTime(_started).TotalSeconds;
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
