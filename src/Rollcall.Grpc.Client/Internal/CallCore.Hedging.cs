using Grpc.Core;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Grpc.Client.Internal;

/// <content>What a <see cref="Hedge"/> needs of the call that it opens.</content>
internal abstract partial class CallCore
{
    /// <summary>What the caller's flow does from here on is below the call's span.</summary>
    internal void EnterSpan() => _telemetry?.Enter();

    /// <summary>A copy is sent, or the call ends with this one: what is told of the call speaks of it.</summary>
    internal void NoteAttempt(HedgedAttempt attempt)
    {
        _number = attempt.Number;
        _previousCopies = attempt.Previous;
        _attempts = Math.Max(_attempts, _number);
        _endpoint = attempt.Endpoint;
    }

    /// <summary>Tells the policy and the observer how a copy ended that the call is not.</summary>
    /// <param name="attempt">The copy.</param>
    /// <param name="result">What it says of the endpoint.</param>
    /// <param name="status">Its status.</param>
    /// <param name="fate">What follows it.</param>
    /// <param name="isOvertaken">Another copy had an answer, so that this one was too slow, also where it had only to begin a stream.</param>
    internal void Report(HedgedAttempt attempt, CallResult result, in Status status, AttemptFate fate, bool isOvertaken = false)
    {
        var outcome = new CallOutcome(result, TimeSpan.Zero)
        {
            IsAnswered = attempt.Response is not null && result == CallResult.Cancelled,
            IsStream = IsStream && !isOvertaken,
        };
        Report(attempt.Lease, attempt.Transport, attempt.Number, attempt.Started, outcome, status, fate);
    }

    /// <summary>The copy has response headers: from here on the call is this copy.</summary>
    internal void Adopt(HedgedAttempt winner, HttpResponseMessage response)
    {
        _lease = winner.Lease;
        _transport = winner.Transport;
        _attemptStarted = winner.Started;
        _statusInHeaders = winner.StatusInHeaders;
        NoteAttempt(winner);
        Volatile.Write(ref _attemptOpen, true);
        Accept(response);
    }
}
