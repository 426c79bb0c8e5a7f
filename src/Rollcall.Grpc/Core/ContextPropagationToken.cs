namespace Grpc.Core;

/// <summary>
/// Carries deadline and cancellation of a call that is being served over to a call it makes.
/// From <see cref="ServerCallContext.CreatePropagationToken"/> to <see cref="CallOptions.WithPropagationToken"/>.
/// </summary>
public sealed class ContextPropagationToken
{
    /// <summary>A token for a served call.</summary>
    /// <param name="deadline">Its deadline; <see cref="DateTime.MaxValue"/> for none.</param>
    /// <param name="cancellationToken">Fires when it is cancelled.</param>
    /// <param name="options">Which of both to pass on; null for both.</param>
    public ContextPropagationToken(DateTime deadline, CancellationToken cancellationToken, ContextPropagationOptions? options = null)
    {
        options ??= ContextPropagationOptions.Default;
        if (options.IsPropagateDeadline && deadline != DateTime.MaxValue)
        {
            Deadline = deadline;
        }

        if (options.IsPropagateCancellation)
        {
            CancellationToken = cancellationToken;
        }
    }

    /// <summary>The deadline passed on, or null.</summary>
    public DateTime? Deadline { get; }

    /// <summary>The cancellation passed on, or a token that never fires.</summary>
    public CancellationToken CancellationToken { get; }
}
