namespace Rollcall.Agent.Checks;

/// <summary>
/// Starts background work without the execution context of whoever asked for it, so that no request lives on in a loop or timer.
/// </summary>
internal static class DetachedFlow
{
    public static T Start<T>(Func<T> start)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return start();
        }

        using (ExecutionContext.SuppressFlow())
        {
            return start();
        }
    }
}
