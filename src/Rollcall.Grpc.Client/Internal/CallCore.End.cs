using System.Net.Http.Headers;
using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Grpc.Client.Internal;

/// <content>How the call ends.</content>
internal abstract partial class CallCore
{
    /// <summary>The response was read to its end: what do the trailers say?</summary>
    /// <returns>True when the call failed.</returns>
    protected bool TryReadFailure(HttpResponseMessage response, out AttemptFailure failure)
    {
        failure = default;
        if (_statusInHeaders)
        {
            // Anything but OK was seen when the headers came.
            return false;
        }

        var status = ResponseHead.ReadStatus(response, _lease.Endpoint.Authority);
        if (status.StatusCode == StatusCode.OK)
        {
            return false;
        }

        failure = AttemptFailure.FromPeer(status, response.TrailingHeaders);
        return true;
    }

    /// <summary>Ends the call with status OK, unless somebody has ended it otherwise.</summary>
    /// <returns>What the caller is to see then; null when it went well.</returns>
    protected Exception? EndWell()
    {
        var trailers = _statusInHeaders && _response is not null ? ResponseHead.AllHeaders(_response) : _response?.TrailingHeaders;
        if (TryEnd(ResponseHead.ReadSuccess(trailers), CallResult.Success, trailers) && _status.StatusCode == StatusCode.OK)
        {
            Policy.Throttle?.OnSuccess();
            return null;
        }

        return _status.StatusCode == StatusCode.OK ? null : CreateException();
    }

    /// <summary>Ends the call because of an exception while reading, parsing or decoding.</summary>
    /// <returns>What the caller is to see.</returns>
    protected Exception EndFrom(Exception error) => EndCommitted(Describe(error));

    /// <summary>Ends the call with a failure that its policy was not asked about, since nothing could follow it.</summary>
    /// <returns>What the caller is to see: how it really ended.</returns>
    protected Exception EndCommitted(in AttemptFailure failure) => End(failure, costsToken: true);

    /// <summary>Ends the call; whoever comes first decides how.</summary>
    /// <returns>What the caller is to see: how it really ended.</returns>
    internal Exception End(in AttemptFailure failure) => End(failure, costsToken: false);

    /// <param name="failure">How the last attempt failed.</param>
    /// <param name="costsToken">The policy has not counted it yet.</param>
    private Exception End(in AttemptFailure failure, bool costsToken)
    {
        // What the peer said stands; what broke because the call was given up is not its own reason, nor is the Cancelled with which a server
        // in the same process may still answer that.
        var echoed = failure.Trailers is null || failure.Status.StatusCode == StatusCode.Cancelled;
        var aborted = Token.IsCancellationRequested && echoed;
        var final = aborted ? Aborted(failure.Status) : failure;
        if (TryEnd(final.Status, final.Result, final.Trailers) && costsToken && !aborted)
        {
            CountFailure(failure);
        }

        return CreateException();
    }

    /// <summary>
    /// Takes a token of the throttle for a call that failed, if its policy names the status or the server forbids a retry (gRFC A6: every call of
    /// the channel counts, and not only those that can still be repeated).
    /// </summary>
    private void CountFailure(in AttemptFailure failure)
    {
        if (Policy.Throttle is not { } throttle)
        {
            return;
        }

        // A copy of a hedged call that no server has seen costs none either.
        var code = (CallStatus)failure.Status.StatusCode;
        var named = Policy.Retry?.Retryable.Contains(code) ?? (Policy.Hedging is { } hedging && !failure.IsUnprocessed && hedging.NonFatal.Contains(code));
        var hasPolicy = Policy.Retry is not null || Policy.Hedging is not null;
        if (named || (hasPolicy && ResponseHead.ReadPushback(failure.Trailers) < TimeSpan.Zero))
        {
            throttle.OnFailure();
        }
    }

    /// <summary>Ends a call that was given up between two attempts.</summary>
    internal Exception EndBetween(in AttemptFailure last)
    {
        var aborted = Aborted(last.Status);
        TryEnd(aborted.Status, aborted.Result, null);
        return CreateException();
    }

    /// <summary>For kinds whose caller may be doing nothing at the moment: ends the call when the deadline or a cancellation comes.</summary>
    protected void EndAborted()
    {
        var failure = Aborted(Status.DefaultSuccess);
        TryEnd(failure.Status, failure.Result, null);
    }

    /// <summary>The exception for a call that has ended.</summary>
    /// <param name="own">Of the read or write that is to throw it: if it has fired, an <see cref="OperationCanceledException"/> carries it.</param>
    public Exception CreateException(CancellationToken own = default)
    {
        var rpc = new RpcException(_status, Trailers());
        var byCaller = _status.StatusCode == StatusCode.DeadlineExceeded || (_status.StatusCode == StatusCode.Cancelled && _state is not (State.Running or State.Ended));
        if (!Channel.ThrowsOperationCanceled || !byCaller)
        {
            return rpc;
        }

        var token = own.IsCancellationRequested ? own : UserToken;
        return new OperationCanceledException(_status.Detail, rpc, token.IsCancellationRequested ? token : CancellationToken.None);
    }

    /// <summary>What the caller of a write is to see that failed while the call itself has not ended.</summary>
    public RpcException WriteFailed(Exception error)
    {
        var status = TransportError.ToStatus(error, _lease.Endpoint.Authority, Channel.SendsPings);
        return new RpcException(new Status(
            status.StatusCode, $"{_lease.Endpoint.Authority} takes no more messages; read the responses for its status. {status.Detail}", error));
    }

    /// <summary>
    /// Whether it is known how the call ends. One that was cancelled ends a moment later, when what it waits for has noticed; who asks before hears
    /// how it is going to end, and it does end like that.
    /// </summary>
    private bool IsSettled()
    {
        if (_final)
        {
            return true;
        }

        switch (Interlocked.CompareExchange(ref _state, State.Settling, State.GivenUp))
        {
            case State.Running:
                return false;
            case State.GivenUp:
                _status = Aborted(Status.DefaultSuccess).Status;
                Volatile.Write(ref _state, State.Settled);
                return true;
            default:
                // Somebody on another thread is about to publish it.
                SpinWait.SpinUntil(() => _final || Volatile.Read(ref _state) == State.Settled);
                return true;
        }
    }

    /// <summary>Begins the end of the call; the caller of one that returns true goes on with it.</summary>
    private bool TryBeginEnd(ref Status status, ref CallResult result, ref HttpHeaders? trailers)
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state is State.Ended or State.EndedGivenUp)
            {
                return false;
            }

            if (state == State.Settling)
            {
                SpinWait.SpinUntil(() => Volatile.Read(ref _state) != State.Settling);
            }
            else if (Interlocked.CompareExchange(ref _state, state == State.Running ? State.Ended : State.EndedGivenUp, state) == state)
            {
                if (state == State.Settled)
                {
                    (status, trailers) = (_status, null);
                    result = status.StatusCode == StatusCode.DeadlineExceeded ? CallResult.Failure : CallResult.Cancelled;
                }

                return true;
            }
        }
    }

    private bool TryEnd(Status status, CallResult result, HttpHeaders? trailers)
    {
        if (!TryBeginEnd(ref status, ref result, ref trailers))
        {
            // Somebody else is ending the call on another thread and is about to publish how.
            SpinWait.SpinUntil(() => _final);
            return false;
        }

        _status = status;
        _trailerHeaders = trailers;
        _final = true;
        if (status.StatusCode == StatusCode.DeadlineExceeded && HasBegun && (_cancellation.IsDeadline || Remaining() <= s_coarseTimer))
        {
            // The stream was answered and ran for as long as it was meant to, whoever noticed first.
            result = CallResult.Cancelled;
        }

        EndAttempt(result, status, AttemptFate.Final);
        _telemetry?.End(status, _endpoint, _attempts);
        CompleteHeaders();
        if (status.StatusCode != StatusCode.OK)
        {
            Channel.LogCallFailed(Method.FullName, status, _attempts);
        }

        _userCancellation.Unregister();
        _cancellation.Parent.Unregister();

        // A read that is still running is ended by this, and the peer hears RST_STREAM if it was not done.
        _response?.Dispose();
        OnEnded();

        // Metadata may have taken the place of a header that every request has.
        _body.OnEnded(cleanly: status.StatusCode == StatusCode.OK && _attempts == 1 && Headers is null && UsesOwnHandler);
        _retry?.Dispose();
        if (_state == State.Ended)
        {
            Channel.Calls.Return(_slot);
        }
        else
        {
            // Who gave the call up may be cancelling it still.
            Channel.Calls.Drop(_slot);
        }

        return true;
    }

    /// <summary>Why the deadline, or the caller, ends the call.</summary>
    /// <param name="cause">What went wrong before.</param>
    internal AttemptFailure Aborted(in Status cause)
    {
        if (_cancellation.IsDeadline)
        {
            return new AttemptFailure { Status = DeadlineStatus(cause), Result = CallResult.Failure };
        }

        var words = Channel.IsDisposed ? "The channel was disposed." : "The call was cancelled by the caller.";
        return new AttemptFailure { Status = new Status(StatusCode.Cancelled, words), Result = CallResult.Cancelled };
    }

    private Status DeadlineStatus(in Status cause)
    {
        if (_endpoint is not { } endpoint)
        {
            return new Status(StatusCode.DeadlineExceeded, $"The deadline was exceeded {DescribeWait()}");
        }

        var why = cause.StatusCode is StatusCode.OK or StatusCode.Cancelled or StatusCode.DeadlineExceeded ? "" : $" Last failure: {cause.Detail}";
        return new Status(StatusCode.DeadlineExceeded, $"The deadline was exceeded (on {endpoint.Authority}, attempt {_number}).{why}");
    }

    private string DescribeWait()
    {
        if (IsPolicyUnread)
        {
            return "while waiting for the service config.";
        }

        try
        {
            return Channel.Balancer.Explain() is { } none ? $"while waiting for an instance. {none.Message}"
                : Channel.Balancer.Snapshot is null ? "while waiting for an instance."
                : "before the call was sent.";
        }
        catch (Exception e)
        {
            // A policy of the user's own is asked for it.
            return $"before the call was sent. {PickFailed(e)}";
        }
    }

    private string PickFailed(Exception error) =>
        $"The balancing policy '{Channel.Balancer.Policy.Name}' could not pick an instance: {TransportError.Describe(error)}.";

    // Between two attempts nothing was given to the HTTP handler: then it is the pick that threw.
    protected AttemptFailure Describe(Exception error) => Describe(error, _attemptOpen ? _endpoint : null, _body.HasStarted);

    /// <summary>How an attempt, or the pick for one, failed, by what was thrown while it was made.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="attempted">Where the attempt went. Null: nothing was picked yet.</param>
    /// <param name="bodyStarted">Whether the handler has begun to send the request's body.</param>
    internal AttemptFailure Describe(Exception error, Endpoint? attempted, bool bodyStarted)
    {
        if (Token.IsCancellationRequested)
        {
            return Aborted(Status.DefaultSuccess);
        }

        var failure = error switch
        {
            NoEndpointException none => new AttemptFailure { Status = new Status(StatusCode.Unavailable, none.Message, none) },

            // Ours: from the hash key, credentials, metadata or the reader. Only a peer that breaks the protocol is at fault.
            RpcException rpc => new AttemptFailure
            {
                Status = rpc.Status,
                Result = _response is not null && rpc.StatusCode == StatusCode.Internal ? CallResult.Failure : CallResult.Cancelled,
            },
            _ when Channel.IsDisposed && _response is null && TransportError.IsOfClosedHandler(error) => Aborted(Status.DefaultSuccess),
            ObjectDisposedException when Channel.IsDisposed => Aborted(Status.DefaultSuccess),
            _ when _response is not null => AttemptFailure.FromTransport(error, _lease.Endpoint.Authority, Channel.SendsPings),

            // Most likely it is more than the server takes, and no fault of the endpoint's. It may as well have closed its connections, so that another
            // one is asked before the call fails.
            _ when attempted is { } to && !bodyStarted && Channel.HasOwnHandler && TransportError.NamesNoCause(error) && RequestMetadata.IsLarge(Headers) =>
                new AttemptFailure
                {
                    Status = new Status(StatusCode.Internal, $"The metadata of the call is more than {to.Authority} takes: {TransportError.Describe(error)}.", error),
                    IsUnprocessed = true,
                    Result = CallResult.Cancelled,
                },
            _ when attempted is { } endpoint => AttemptFailure.FromSend(error, bodyStarted, endpoint, Channel.HasOwnHandler, Channel.SendsPings),

            // The directory or the balancer was disposed under the channel, which is no fault of the policy's.
            ObjectDisposedException => new AttemptFailure { Status = new Status(StatusCode.Internal, error.Message, error) },
            _ => new AttemptFailure { Status = new Status(StatusCode.Internal, PickFailed(error), error) },
        };

        // A server that gives up at the deadline resets the stream with CANCEL, and its timer may be coarser than ours and run early.
        return failure.Status.StatusCode == StatusCode.Cancelled && Deadline != DateTime.MaxValue && Remaining() <= s_coarseTimer
            ? new AttemptFailure { Status = DeadlineStatus(Status.DefaultSuccess), Result = CallResult.Failure }
            : failure;
    }

    /// <summary>How far the call is.</summary>
    private static class State
    {
        public const int Running = 0;

        /// <summary>Nobody wants it any more, and what runs of it is being cancelled.</summary>
        public const int GivenUp = 1;

        /// <summary>It was given up, and somebody is writing how it is going to end.</summary>
        public const int Settling = 2;

        /// <summary>It was given up, how it is going to end was told, and it runs yet.</summary>
        public const int Settled = 3;

        /// <summary>It ended, and nobody had given it up before.</summary>
        public const int Ended = 4;

        public const int EndedGivenUp = 5;
    }
}
