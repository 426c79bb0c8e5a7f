using System.Net;
using System.Net.Http.Json;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Events;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Http;

/// <summary>Decides what follows the failed attempts of one request. Made when the first has failed; not thread-safe.</summary>
/// <param name="settings">The handler's.</param>
/// <param name="service">Where further attempts go.</param>
/// <param name="policy">What is done for the request.</param>
/// <param name="request">The caller's request.</param>
/// <param name="mayRepeat">It may be sent again after a server may have acted on it.</param>
/// <param name="mayReplay">Its body can be sent again.</param>
internal sealed class RequestRetries(
    HttpCallSettings settings, ServiceEntry service, RequestPolicy policy, HttpRequestMessage request, bool mayRepeat, bool mayReplay)
{
    // Between two rounds over instances that can't be reached, for requests that wait.
    private static readonly RetrySettings s_rounds = new(int.MaxValue, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), 2, default);

    private readonly List<Endpoint> _tried = [];
    private RetryState? _state;
    private PickLease _next;
    private bool _hasNext;
    private int _rounds;

    // Attempts of earlier rounds of a request that waits.
    private int _before;

    public IReadOnlyList<Endpoint> Tried => _tried;

    /// <summary>The wait before the next attempt, when one follows.</summary>
    public TimeSpan Delay { get; private set; }

    /// <summary>The pause between two rounds over instances of which none did anything with the request, for requests that wait.</summary>
    /// <param name="rounds">How many there were before.</param>
    public static TimeSpan RoundPause(int rounds) => s_rounds.Backoff(rounds, Random.Shared);

    /// <summary>Whether a body can be sent again as it is.</summary>
    public static bool IsReplayable(HttpContent? content) =>
        content is null or ByteArrayContent or ReadOnlyMemoryContent or JsonContent;

    /// <summary>The instance that was picked already for the next attempt.</summary>
    public bool TryTakeNext(out PickLease lease)
    {
        lease = _next;
        var had = _hasNext;
        _hasNext = false;
        return had;
    }

    /// <summary>A further attempt begins there.</summary>
    public void OnPicked(Endpoint endpoint)
    {
        if (_tried.Contains(endpoint))
        {
            // None was left: a new round.
            _tried.Clear();
        }
    }

    /// <summary>Decides what follows a failed attempt, and ends that attempt if something does.</summary>
    /// <param name="failed">The attempt.</param>
    /// <param name="failure">How it failed.</param>
    /// <param name="remaining">The time that is left for the request.</param>
    /// <returns>False: nothing; the request ends with the failure.</returns>
    public bool TryFollow(Exchange failed, in HttpFailure failure, TimeSpan remaining)
    {
        Delay = TimeSpan.Zero;
        Remember(failed.Endpoint);
        if (failure.Kind == HttpFailureKind.NotTheServers || service.IsClosed)
        {
            return false;
        }

        var isLast = failed.Number - _before >= settings.MaxAttempts;
        if (failure.IsUnprocessed)
        {
            return (failure.Kind == HttpFailureKind.NeverSent || mayReplay) && TryMove(failed, failure, isLast, remaining);
        }

        if (isLast || policy.Retry is not { } retry)
        {
            return false;
        }

        _state ??= new RetryState(retry, policy.Throttle, Random.Shared);
        var pushback = failure.RetryAfter is null ? null : failure.Pushback(IsAnotherLeft, retry.MaxBackoff);
        if (!_state.TryNext(IsRetryable(retry, failure), pushback, remaining, out var delay))
        {
            return false;
        }

        Delay = delay;
        End(failed, failure, AttemptFate.Retried);
        return true;
    }

    /// <summary>Goes to another instance at once. A request that waits begins another round after a pause, when nobody is left or the round is long enough.</summary>
    private bool TryMove(Exchange failed, in HttpFailure failure, bool isLast, TimeSpan remaining)
    {
        _hasNext = !isLast && service.Balancer.TryPickUntried(service.ContextOf(request, _tried), out _next);
        if (!_hasNext)
        {
            var delay = RoundPause(_rounds);
            if (!policy.WaitForReady || delay >= remaining)
            {
                return false;
            }

            // What it has tried stays noted, so that whoever is left comes first.
            Delay = delay;
            _rounds++;
            _before = failed.Number;
        }

        End(failed, failure, AttemptFate.Moved);
        return true;
    }

    /// <summary>Whether the next attempt would go to an instance that has had none. Not every instance of the list is picked: a subset leaves most out.</summary>
    private bool IsAnotherLeft => service.Balancer.FindUntried(service.ContextOf(request, _tried)) is not null;

    private bool IsRetryable(RetrySettings retry, in HttpFailure failure) =>
        mayRepeat && mayReplay && (retry.RetryableHttpStatuses.IsEmpty || failure.StatusCode is not { } status
            ? retry.Retryable.Contains(failure.Status) && !failure.IsTooManyForNow
            : retry.RetriesHttp((int)status));

    private void End(Exchange failed, in HttpFailure failure, AttemptFate fate)
    {
        failed.End(failure.Result, failure.StatusCode, failure.Error, fate);
        service.Balancer.ReportRetry(failed.Endpoint, fate);
    }

    private void Remember(Endpoint endpoint)
    {
        if (!_tried.Contains(endpoint))
        {
            _tried.Add(endpoint);
        }
    }
}
