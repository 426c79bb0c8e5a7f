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

    /// <summary>Tells the policy and the observer how a copy ended.</summary>
    internal void Report(HedgedAttempt attempt, CallResult result, StatusCode code, AttemptFate fate) =>
        Report(attempt.Lease, attempt.Transport, attempt.Number, attempt.Started, result, code, fate, attempt.Response is not null);

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
