using System.Runtime.ExceptionServices;

namespace Rollcall.Discovery.Internal;

/// <summary>
/// Runs one action for whoever asks, never twice at once and without a lock: when it is asked for while it runs, it runs once more, on the
/// thread that runs it already. So a caller that finds it running goes on at once, and nothing that it changed before is missed, also where the
/// action throws: whoever runs it hears of its last run.
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
            ExceptionDispatchInfo? error = null;
            try
            {
                action();
            }
#pragma warning disable CA1031 // It is thrown on, unless another run makes it good.
            catch (Exception e)
#pragma warning restore CA1031
            {
                // Whoever asked meanwhile may have changed what it failed for, so that this is no reason to run it less often.
                error = ExceptionDispatchInfo.Capture(e);
            }

            if (again is not null)
            {
                if (Interlocked.Exchange(ref _asked, 0) != seen)
                {
                    again();
                }

                error?.Throw();
                return;
            }

            var left = Interlocked.Add(ref _asked, -seen);
            if (left == 0)
            {
                error?.Throw();
                return;
            }

            seen = left;
        }
    }
}
