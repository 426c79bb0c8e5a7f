using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>One request to a service: makes attempts until one has a response for the caller, or none is allowed any more.</summary>
/// <param name="settings">The handler's.</param>
/// <param name="policy">What is done for the request.</param>
/// <param name="service">Where it goes.</param>
/// <param name="request">What is sent.</param>
/// <param name="uri">Its address as the caller wrote it.</param>
/// <param name="cancellationToken">The caller's.</param>
internal sealed class HttpCall(
    HttpCallSettings settings, RequestPolicy policy, ServiceEntry service, HttpRequestMessage request, Uri uri, CancellationToken cancellationToken)
{
    private readonly RequestDeadline _deadline = new(policy, settings.TimeProvider, uri, cancellationToken);
    private readonly PickContext _context = service.ContextOf(request);
    private RequestRetries? _retries;
    private bool _buffered;

    /// <returns>A response whose body ends the last attempt.</returns>
    /// <exception cref="HttpRequestException">No instance, none that could be reached, or one that broke off.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up; or its inner exception is a <see cref="TimeoutException"/>, and the time was over.</exception>
    public async Task<HttpResponseMessage> SendAsync()
    {
        if (request.Content is { } content && settings.MayRepeat(policy, request) && settings.IsToBeBuffered(content))
        {
            await content.LoadIntoBufferAsync(cancellationToken).ConfigureAwait(false);
            _buffered = true;
        }

        var number = 0;
        while (true)
        {
            if ((_retries is null || !_retries.TryTakeNext(out var lease)) && !service.Balancer.TryPick(Context(), out lease))
            {
                lease = await _deadline.PickAsync(service.Balancer, Context()).ConfigureAwait(false);
            }

            var exchange = new Exchange(settings, request, request, lease, ++number);
            _retries?.OnPicked(exchange.Endpoint);
            TimeSpan delay;
            try
            {
                var response = await exchange.SendAsync(service, uri, _deadline.Limit(exchange)).ConfigureAwait(false);
                if (!HttpOutcome.IsFault(response.StatusCode))
                {
                    service.Throttle?.OnSuccess();
                    return exchange.Accept(response);
                }

                if (!TryFollow(exchange, HttpFailure.From(response, settings.TimeProvider.GetUtcNow()), out delay))
                {
                    return exchange.Accept(response);
                }

                response.Dispose();
            }
            catch (Exception e)
            {
                var failure = _deadline.Classify(e, exchange);
                if (!TryFollow(exchange, failure, out delay))
                {
                    exchange.End(failure.Result, null, e);
                    var told = _deadline.Explain(failure, exchange, _retries!.Tried);
                    if (!ReferenceEquals(told, e))
                    {
                        throw told;
                    }

                    throw;
                }
            }
            finally
            {
                exchange.Restore();
            }

            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, settings.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private bool TryFollow(Exchange failed, in HttpFailure failure, out TimeSpan delay)
    {
        _retries ??= new RequestRetries(
            settings, service, policy, _context, settings.MayRepeat(policy, request), _buffered || RequestRetries.IsReplayable(request.Content));
        return _retries.TryFollow(failed, failure, _deadline.Remaining, out delay);
    }

    private PickContext Context() => _context with { Tried = _retries?.Tried };
}
