using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Resilience;
using EventFate = Rollcall.Discovery.Events.AttemptFate;

namespace Rollcall.Grpc.Client.Internal;

/// <content>Where attempts go, and what follows a failed one.</content>
internal abstract partial class CallCore
{
    /// <summary>For a message that is written before the service config was read: what the call is going to go by, or any policy if it ends before.</summary>
    internal async Task<MethodPolicy> ReadPolicyAsync()
    {
        await Channel.ConfigReady.WaitAsync(Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Method.Policy;
    }

    /// <summary>Waits for the first read of a live service config, by which the call then goes.</summary>
    /// <exception cref="Exception">The call has ended; what the caller is to see.</exception>
    protected async Task WaitForConfigAsync()
    {
        try
        {
            await Channel.ConfigReady.WaitAsync(Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw EndBetween(new AttemptFailure { Status = Status.DefaultSuccess });
        }

        TakePolicy(Method.Policy);
        if (_body is BufferedContent { MessageBytes: var bytes } && bytes > Policy.MaxSendBytes)
        {
            // It was serialized by the channel's own limit.
            throw End(new AttemptFailure
            {
                Status = new Status(
                    StatusCode.ResourceExhausted,
                    $"Sending message of {bytes} bytes exceeds the limit of {Policy.MaxSendBytes}; raise maxRequestMessageBytes in the service config."),
            });
        }
    }

    /// <summary>Finds an endpoint for the next attempt.</summary>
    /// <exception cref="OperationCanceledException">The call is to end; nothing was picked.</exception>
    protected ValueTask PickAsync()
    {
        if (_hasNextLease)
        {
            // It is lent already, so its attempt begins even if it ends at once.
            return ValueTask.CompletedTask;
        }

        // A call that is over before it is sent is no endpoint's affair.
        Token.ThrowIfCancellationRequested();
        return Channel.Balancer.TryPick(Context(), out _lease) ? ValueTask.CompletedTask : WaitAsync();

        async ValueTask WaitAsync() => _lease = await Channel.Balancer.PickAsync(Context(), WaitsForReady, Token).ConfigureAwait(false);
    }

    /// <summary>Begins an attempt on the endpoint that was picked.</summary>
    protected Task<HttpResponseMessage> SendAsync()
    {
        BeginAttempt();
        var target = Method.GetTarget(_lease.Endpoint);
        var request = Address(_body.CreateRequest(), target.Uri, PreviousAttempts);
        return HasCredentials
            ? SendWithCredentialsAsync(target, request)
            : Method.SendAsync(target, _lease.Endpoint, request, ref _transport, Token);
    }

    /// <summary>Looks at the headers. Those of a response decide the call's further fate.</summary>
    /// <returns>False: the attempt failed with them.</returns>
    protected bool TryAccept(HttpResponseMessage response, out AttemptFailure failure)
    {
        if (!ResponseHead.TryAccept(response, _lease.Endpoint.Authority, out _statusInHeaders, out failure))
        {
            response.Dispose();
            return false;
        }

        Accept(response);
        return true;
    }

    /// <summary>Decides what follows a failed attempt, and returns when the next one may begin.</summary>
    /// <exception cref="Exception">The call has ended; what the caller is to see.</exception>
    protected async Task FollowAsync(AttemptFailure failure)
    {
        if (_response is not null && !MayRepeatAfterHeaders(failure))
        {
            throw EndCommitted(failure);
        }

        if (!_attemptOpen && failure.Status.DebugException is not NoEndpointException)
        {
            // It was not to be sent anywhere, and a policy for what servers answer has no say: the hash key, the policy or the list is at fault.
            throw End(failure);
        }

        bool follows;
        TimeSpan delay;
        try
        {
            follows = TryFollow(failure, out delay);
        }
        catch (Exception e)
        {
            // The hash key or the policy, which are asked where else it may go. How the attempt went stays as it is.
            EndAttempt(failure.Result, failure.Status, AttemptFate.Final);
            throw EndFrom(e);
        }

        if (!follows)
        {
            // Of a stream of which not all is kept the policy is not asked.
            throw _body.RetrySize is null ? EndCommitted(failure) : End(failure);
        }

        _response?.Dispose();
        _response = null;
        if (delay > TimeSpan.Zero)
        {
            try
            {
                await Task.Delay(delay, Channel.TimeProvider, Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw EndBetween(failure);
            }
        }
    }

    // Headers that nobody has looked at do not bind the caller. gRFC A6 would commit here, and a call caught between its headers and its message by
    // the death of an instance would fail although it may be repeated.
    private bool MayRepeatAfterHeaders(in AttemptFailure failure) =>
        _body.RetrySize is not null && Volatile.Read(ref _headers) is null && failure.Trailers is null
        && failure.Status.StatusCode == StatusCode.Unavailable;

    private async Task<HttpResponseMessage> SendWithCredentialsAsync(CallTarget target, HttpRequestMessage request)
    {
        await AddCredentialsAsync(request, Token).ConfigureAwait(false);

        // What the credentials took is not the endpoint's latency.
        _attemptStarted = Channel.TimeProvider.GetTimestamp();
        return await Method.SendAsync(target, _lease.Endpoint, request, ref _transport, Token).ConfigureAwait(false);
    }

    private void Accept(HttpResponseMessage response)
    {
        if (Method.Type == MethodType.ServerStreaming)
        {
            _answeredAt = Channel.TimeProvider.GetTimestamp();
        }

        Volatile.Write(ref _response, response);
        _body.OnCommitted();
        CompleteHeaders();
    }

    private PickContext Context() => new() { Tried = _tried, HashKey = HashKey, Canary = Canary };

    private bool HasTried(Endpoint endpoint) => new PickContext { Tried = _tried }.HasTried(endpoint);

    private void BeginAttempt()
    {
        _hasNextLease = false;
        _transport = null;
        _attemptStarted = Channel.TimeProvider.GetTimestamp();
        _number = ++_attempts;
        _endpoint = _lease.Endpoint;
        Volatile.Write(ref _attemptOpen, true);
        if (_tried is not null && HasTried(_lease.Endpoint))
        {
            // None was left: a new round.
            _tried.Clear();
        }
    }

    /// <summary>Tells the policy and the observer how the attempt ended. Whoever comes first does it.</summary>
    private void EndAttempt(CallResult result, in Status status, AttemptFate fate)
    {
        if (Interlocked.Exchange(ref _attemptOpen, false))
        {
            var hasBegun = HasBegun;
            var outcome = new CallOutcome(result, TimeSpan.Zero)
            {
                IsAnswered = hasBegun && result == CallResult.Cancelled,
                IsStream = IsStream,
                AnsweredAfter = hasBegun && Method.Type == MethodType.ServerStreaming ? Channel.TimeProvider.GetElapsedTime(_attemptStarted, _answeredAt) : null,
            };
            Report(_lease, _transport, _number, _attemptStarted, outcome, status, fate);
        }
    }

    /// <param name="lease">Of the attempt.</param>
    /// <param name="transport">Null: the request was never given to one.</param>
    /// <param name="number">1 for the first attempt.</param>
    /// <param name="started">When it began.</param>
    /// <param name="outcome">How it went, without its latency.</param>
    /// <param name="status">Its status.</param>
    /// <param name="fate">What follows it.</param>
    private void Report(
        in PickLease lease, EndpointTransport? transport, int number, long started, CallOutcome outcome, in Status status, AttemptFate fate)
    {
        if (transport is null && outcome.Result == CallResult.Failure)
        {
            // The deadline passed while credentials were asked: the endpoint has not heard of the call.
            outcome = outcome with { Result = CallResult.Cancelled };
        }

        var code = status.StatusCode;
        if (outcome.Result == CallResult.Failure)
        {
            outcome = outcome with { Reason = status.Detail.Length > 0 ? $"{code}: {status.Detail}" : code.ToString() };
        }

        if (code == StatusCode.Unauthenticated && outcome.Result == CallResult.Success && HasCredentials)
        {
            // The peer says so, and not the credentials themselves.
            OnCredentialsRefused();
        }

        var latency = transport is null ? TimeSpan.Zero : Channel.TimeProvider.GetElapsedTime(started);
        lease.Complete(outcome with { Latency = latency });
        var attempt = new CallAttempt(Method.FullName, lease.Endpoint, number, code, latency, fate);
        _telemetry?.OnAttempt(attempt);
        Channel.Observe(attempt);
        if (fate is AttemptFate.Moved or AttemptFate.Retried)
        {
            // Another follows. A copy of a hedged call ends without one that follows it, too.
            Channel.Balancer.ReportRetry(lease.Endpoint, fate == AttemptFate.Moved ? EventFate.Moved : EventFate.Retried);
        }
    }

    /// <summary>Decides what follows a failed attempt, and ends that attempt if something does.</summary>
    /// <returns>False: nothing; the call ends with the failure.</returns>
    private bool TryFollow(in AttemptFailure failure, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;

        // Before the question, whose answer nothing that is written meanwhile can change then.
        _body.Detach();
        if (Token.IsCancellationRequested || !_body.CanReplay)
        {
            return false;
        }

        if (failure.IsUnprocessed && _attemptOpen)
        {
            if (TryPickUntried(out var next))
            {
                var result = _transport is { IsRetired: true } ? CallResult.Cancelled : failure.Result;
                EndAttempt(result, failure.Status, AttemptFate.Moved);
                Channel.LogMoved(Method.FullName, _lease.Endpoint, next.Endpoint, failure.Status.Detail);
                _lease = next;
                _hasNextLease = true;
                return true;
            }

            if (_transport is { IsRetired: true } && TransportError.IsOfClosedHandler(failure.Status.DebugException))
            {
                // It was in the list when it was picked, and nothing was sent: the attempt goes on over another connection.
                _attempts--;
                _hasNextLease = true;
                return true;
            }

            if (WaitsForReady && failure.Status.StatusCode == StatusCode.Unavailable)
            {
                // The call was promised to wait for a server: another round over all endpoints, after a pause.
                EndAttempt(failure.Result, failure.Status, AttemptFate.Moved);
                _tried?.Clear();
                delay = Channel.ReadyPause(_readyRounds++);
                return true;
            }
        }

        if (Policy.Retry is { } settings && _body.RetrySize is { } size)
        {
            _retry ??= new CallRetry(settings, Policy.Throttle, Channel, size);
            if (_retry.TryNext(failure.Status.StatusCode, ResponseHead.ReadPushback(failure.Trailers), Remaining(), out delay))
            {
                if (_attemptOpen)
                {
                    Remember(_lease.Endpoint);
                    Channel.LogRetry(Method.FullName, _lease.Endpoint, _number, failure.Status, delay);
                    EndAttempt(failure.Result, failure.Status, AttemptFate.Retried);
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>Picks an endpoint that the call has not tried.</summary>
    private bool TryPickUntried(out PickLease next)
    {
        // With a transport that was retired under the call, the failure says nothing about the endpoint, which may be back in the list.
        if (_transport is not { IsRetired: true })
        {
            Remember(_lease.Endpoint);
        }

        return Channel.Balancer.TryPickUntried(Context(), out next);
    }

    private void Remember(Endpoint endpoint)
    {
        _tried ??= [];
        if (!HasTried(endpoint))
        {
            _tried.Add(endpoint);
        }
    }
}
