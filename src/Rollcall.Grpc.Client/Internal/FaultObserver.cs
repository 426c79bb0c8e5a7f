namespace Rollcall.Grpc.Client.Internal;

/// <summary>For tasks that perhaps nobody awaits: that such a one failed is no fault of the program.</summary>
internal static class FaultObserver
{
    public static void Observe(Task task)
    {
        if (!task.IsCompletedSuccessfully)
        {
            task.ContinueWith(
                static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }
}
