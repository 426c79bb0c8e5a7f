namespace Rollcall.Hosting.Registration;

/// <summary>
/// Tells when the drain of this host is over. What serves its calls may want to know and does not know this assembly, so that it is in the container as a
/// <see cref="Func{TResult}"/> of <see cref="Task"/> under <see cref="Key"/>: Rollcall.Grpc.Server counts the time of its streams from there.
/// </summary>
internal sealed class RegistrationDrain
{
    public const string Key = "Rollcall.Drain";

    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the server may stop taking calls.</summary>
    public Task Over => _over.Task;

    public void End() => _over.TrySetResult();
}
