using System.Net;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Http;

/// <summary>What is done for one request. Immutable.</summary>
/// <param name="Retry">How it is repeated; null: only while no server has done anything with it.</param>
/// <param name="Hedging">How copies of it are sent at the same time; null: there are none. Not together with <paramref name="Retry"/>, which it replaces.</param>
/// <param name="AnyMethod">It was meant for this request, so it holds even if its method is not safe.</param>
/// <param name="Timeout">From the start to the response's headers, with all attempts and waits. Null: the caller's own.</param>
/// <param name="AttemptTimeout">From the pick of an instance to the response's headers. Null: none.</param>
/// <param name="WaitForReady">Wait for an instance that can be reached.</param>
/// <param name="Throttle">Ends retries while most requests to the service fail. Null: nothing does.</param>
internal sealed record RequestPolicy(
    RetrySettings? Retry, HedgingSettings? Hedging, bool AnyMethod, TimeSpan? Timeout, TimeSpan? AttemptTimeout, bool WaitForReady, RetryThrottle? Throttle)
{
    /// <summary>Whether another attempt may change a response of this status: something is wrong, or the policy names it.</summary>
    public bool IsFault(HttpStatusCode status) =>
        HttpOutcome.IsFault(status)
        || Retry?.RetryableHttpStatuses.Contains((int)status) == true
        || Hedging?.NonFatalHttpStatuses.Contains((int)status) == true;

    public bool HasLimits => Timeout is not null || AttemptTimeout is not null;
}
