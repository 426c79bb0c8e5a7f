namespace Rollcall.Discovery.Internal;

/// <summary>
/// Runs one action for whoever asks, never twice at once and without a lock: when it is asked for while it runs, it runs once more, on the
/// thread that runs it already. So a caller that finds it running goes on at once, and nothing that it changed before is missed.
/// </summary>
internal sealed class Coalesced(Action action)
{
    private int _asked;

    public void Run()
    {
        if (Interlocked.Increment(ref _asked) != 1)
        {
            return;
        }

        var seen = 1;
        while (true)
        {
            try
            {
                action();
            }
            catch
            {
                // Whoever asked meanwhile would fail alike; the next one starts again.
                Interlocked.Exchange(ref _asked, 0);
                throw;
            }

            var left = Interlocked.Add(ref _asked, -seen);
            if (left == 0)
            {
                return;
            }

            seen = left;
        }
    }
}
