namespace Rollcall.Discovery.Resilience;

/// <summary>
/// Decides, for one call, whether a failed attempt is followed by another one (gRFC A6). Make one when the first attempt has failed; not
/// thread-safe.
/// </summary>
/// <remarks>
/// An attempt that no server has seen goes to another endpoint at once, whatever the policy says and without counting here: see
/// <see cref="UntriedEndpoints"/>. Where none is left it is asked about that attempt as about those that a server may have seen, and counts it.
/// </remarks>
/// <param name="settings">The policy.</param>
/// <param name="throttle">The bucket of the service. Null: retries are not throttled.</param>
/// <param name="random">Where jitter comes from; must be thread-safe when calls share it.</param>
public sealed class RetryState(RetrySettings settings, RetryThrottle? throttle, Random random)
{
    private int _sincePushback;

    /// <summary>Retries that were allowed so far.</summary>
    public int Made { get; private set; }

    /// <summary>Decides whether a failed attempt is repeated, and counts it if it is.</summary>
    /// <param name="retryable">The policy names its status, and the call can be sent again.</param>
    /// <param name="pushback">
    /// What the server says: null nothing; negative that it must not be repeated; else how long to wait (<c>grpc-retry-pushback-ms</c>,
    /// <c>Retry-After</c>).
    /// </param>
    /// <param name="remaining">The time until the call's deadline; <see cref="TimeSpan.MaxValue"/> when it has none.</param>
    /// <param name="delay">The wait before the next attempt.</param>
    /// <returns>
    /// False: the call ends with the failure, because nothing more is allowed or because the wait would outlast the deadline. The caller then
    /// hears at once why it failed, instead of a passed deadline later.
    /// </returns>
    public bool TryNext(bool retryable, TimeSpan? pushback, TimeSpan remaining, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        var forbidden = pushback < TimeSpan.Zero;
        if (retryable || forbidden)
        {
            throttle?.OnFailure();
        }

        if (!retryable || forbidden || Made + 1 >= settings.MaxAttempts || throttle is { AllowsRetry: false })
        {
            return false;
        }

        var wait = pushback ?? settings.Backoff(_sincePushback, random);
        if (wait >= remaining)
        {
            return false;
        }

        _sincePushback = pushback is null ? _sincePushback + 1 : 0;
        Made++;
        delay = wait;
        return true;
    }
}
