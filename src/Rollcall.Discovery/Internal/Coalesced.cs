namespace Rollcall.Discovery.Internal;

/// <summary>
/// Runs one action for whoever asks, never twice at once and without a lock: when it is asked for while it runs, it runs once more, on the
/// thread that runs it already. So a caller that finds it running goes on at once, and nothing that it changed before is missed.
/// </summary>
/// <param name="action">What is run.</param>
/// <param name="again">
/// Sees to it that <see cref="Run"/> is called once more, by another thread, in place of the one that runs it already: that one may have its own work to
/// go on with, and others may ask without end. Null: the same thread runs it until nobody has asked.
/// </param>
internal sealed class Coalesced(Action action, Action? again = null)
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

            if (again is not null)
            {
                if (Interlocked.Exchange(ref _asked, 0) != seen)
                {
                    again();
                }

                return;
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
