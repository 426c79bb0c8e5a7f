using System.Globalization;
using System.Net.Http.Headers;
using Grpc.Core;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// One call with all its attempts, whatever its kind: picks endpoints, sends, decides what follows a failure, and ends exactly once.
/// One loop (<see cref="CallCore{TAnswer}.RunAsync"/> and what the kind does after it) drives it; cancelling, disposing and the deadline come from other threads.
/// </summary>
internal abstract partial class CallCore
{
    private static readonly TimeSpan s_coarseTimer = TimeSpan.FromMilliseconds(20);

    private readonly CallSlot _slot;
    private readonly CallCancellation _cancellation;
    private readonly CancellationTokenRegistration _userCancellation;
    private readonly IRequestBody _body;
    private readonly CallTelemetry? _telemetry;
    private readonly bool? _waitsForReady;
    private CallRetry? _retry;
    private List<Endpoint>? _tried;
    private int _readyRounds;

    // The attempt that is running. Touched by the loop only; ended by whoever comes first, by way of _attemptOpen.
    private PickLease _lease;
    private EndpointTransport? _transport; // null until the request is given to it
    private long _attemptStarted;
    private long _answeredAt; // when a stream of responses alone had its headers
    private int _number;
    private int _attempts; // how many there were, which is more than the number where a copy decides that was not sent last
    private bool _attemptOpen;
    private bool _hasNextLease;

    private int _previousCopies; // of a hedged call
    private volatile Endpoint? _endpoint;
    private HttpResponseMessage? _response;
    private HttpHeaders? _trailerHeaders;

    private int _state; // see State
    private volatile bool _final;
    private Status _status;
    private bool _statusInHeaders;
    private Metadata? _trailers;
    private TaskCompletionSource<Metadata>? _headers;

    /// <exception cref="ObjectDisposedException">The channel was disposed.</exception>
    protected CallCore(CallSlot slot, MethodEntry method, MethodPolicy policy, in CallOptions options, IRequestBody body)
    {
        _slot = slot;
        _cancellation = slot.Cancellation;
        _body = body;
        Method = method;
        Policy = policy;
        Headers = options.Headers;
        CallCredentials = options.Credentials;
        Deadline = options.Deadline is { } deadline && deadline != DateTime.MaxValue ? deadline.ToUniversalTime() : DateTime.MaxValue;
        if (Policy.Timeout is { } timeout)
        {
            var latest = Channel.TimeProvider.GetUtcNow().UtcDateTime + timeout;
            Deadline = latest < Deadline ? latest : Deadline;
        }

        UserToken = options.CancellationToken;
        _waitsForReady = options.WaitForReady;
        slot.Begin(this);
        if (Deadline != DateTime.MaxValue)
        {
            _cancellation.StartDeadline(Remaining());
        }

        // Where the caller has no token, the options give that of the served call.
        var parent = options.PropagationToken?.CancellationToken ?? CancellationToken.None;
        if (parent.CanBeCanceled)
        {
            _cancellation.Parent = parent.UnsafeRegister(static state => ((CallCore)state!).OnServedCallEnded(), this);
        }

        if (UserToken.CanBeCanceled && UserToken != parent)
        {
            _userCancellation = UserToken.UnsafeRegister(static state => ((CallCore)state!).Cancel(), this);
        }

        _telemetry = Channel.Telemetry.Start(method);
    }

    /// <summary>Where the last attempt went; null before the first.</summary>
    public Endpoint? Endpoint => _endpoint;

    internal GrpcChannel Channel => _slot.Channel;

    internal MethodEntry Method { get; }

    /// <summary>The method's settings as they were when the call began; a change of the service config is for calls after it.</summary>
    internal MethodPolicy Policy { get; private set; }

    /// <summary>The service config has to be read before the call has a policy.</summary>
    internal bool IsPolicyUnread => Policy == Channel.UnreadPolicy;

    protected Metadata? Headers { get; }

    /// <summary>What identifies the call to policies that hash; null: nothing.</summary>
    internal ulong? HashKey => HashKeys.Of(this, Headers);

    /// <summary>Whether it asks for instances on trial.</summary>
    internal bool? Canary => HashKeys.CanaryOf(this, Headers);

    protected CallCredentials? CallCredentials { get; }

    protected DateTime Deadline { get; private set; }

    protected CancellationToken UserToken { get; }

    /// <summary>Fires when the call is to end early.</summary>
    internal CancellationToken Token => _cancellation.Token;

    /// <summary>The call was promised to wait for a server.</summary>
    internal bool WaitsForReady => _waitsForReady ?? Policy.WaitForReady;

    protected IRequestBody Body => _body;

    /// <summary>The attempt that is running goes over connections of the channel's own, whose ways are known.</summary>
    internal bool UsesOwnHandler => _transport is { IsShared: false };

    protected bool HasEnded => _final;

    /// <summary>Attempts that a retry or hedging policy made before the one that the call speaks of.</summary>
    private int PreviousAttempts => _retry?.Made ?? _previousCopies;

    /// <summary>The final status; only after the end.</summary>
    protected Status FinalStatus => _status;

    /// <summary>The call ends without the caller doing anything more.</summary>
    public abstract bool EndsByItself { get; }

    /// <summary>How long it lives is up to its caller and its server.</summary>
    private bool IsStream => Method.Type != MethodType.Unary;

    /// <summary>There is an answer. Whoever waits for one message has nothing by the headers.</summary>
    private bool HasBegun => !EndsByItself && Volatile.Read(ref _response) is not null;

    /// <summary>The call has ended; from here on nothing is sent or read. Called once, on any thread.</summary>
    protected abstract void OnEnded();

    /// <summary>A message went out on the request stream.</summary>
    public void OnSent() => _telemetry?.OnSent();

    /// <summary>A message came in on the response stream.</summary>
    protected void OnReceived() => _telemetry?.OnReceived();

    /// <summary>The caller does not want the call any more. Safe to call at any time.</summary>
    public void Cancel()
    {
        if (TryGiveUp())
        {
            _cancellation.Cancel();
        }
    }

    public Status GetStatus() =>
        IsSettled() ? _status : throw new InvalidOperationException("The status is not known yet: the call has not ended.");

    public Metadata GetTrailers() =>
        IsSettled() ? Trailers() : throw new InvalidOperationException("The trailers are not known yet: the call has not ended.");

    public Task<Metadata> GetHeadersAsync()
    {
        var headers = Volatile.Read(ref _headers);
        if (headers is null)
        {
            var made = new TaskCompletionSource<Metadata>(TaskCreationOptions.RunContinuationsAsynchronously);
            headers = Interlocked.CompareExchange(ref _headers, made, null) ?? made;

            // The response or the end may have come before anybody could see the source.
            Interlocked.MemoryBarrier();
            CompleteHeaders();
        }

        return headers.Task;
    }

    /// <summary>What the call goes by was found out while it waited. Nothing was sent yet.</summary>
    private void TakePolicy(MethodPolicy policy)
    {
        Policy = policy;

        // A config's time counts from when the config is known.
        if (policy.Timeout is { } timeout && timeout < Remaining())
        {
            Deadline = Channel.TimeProvider.GetUtcNow().UtcDateTime + timeout;
            _cancellation.StartDeadline(timeout);
        }
    }

    private bool TryGiveUp() => Interlocked.CompareExchange(ref _state, State.GivenUp, State.Running) == State.Running;

    private void OnServedCallEnded()
    {
        if (!TryGiveUp())
        {
            return;
        }

        // Both calls may have the same deadline, and then the served one's timer may be the first to fire.
        if (Deadline != DateTime.MaxValue && Remaining() <= s_coarseTimer)
        {
            _cancellation.Expire();
        }
        else
        {
            _cancellation.Cancel();
        }
    }

    private void CompleteHeaders()
    {
        if (Volatile.Read(ref _headers) is not { } headers || headers.Task.IsCompleted)
        {
            return;
        }

        if (Volatile.Read(ref _response) is { } response)
        {
            headers.TrySetResult(Headed(MetadataReader.ReadHeaders(response)));
        }
        else if (_final && _trailerHeaders is { } refusal)
        {
            // What the peer sent with its refusal is trailers, and headers as well: who waits for those finds it, as with grpc-dotnet.
            headers.TrySetResult(Headed(MetadataReader.Read(refusal)));
        }
        else if (_final && headers.TrySetException(CreateException()))
        {
            // The caller may never look at it.
            _ = headers.Task.Exception;
        }
    }

    /// <summary>Adds what gRFC A6 has the caller of a repeated call see.</summary>
    private Metadata Headed(Metadata headers)
    {
        if (PreviousAttempts is var previous and > 0)
        {
            headers.Add(GrpcProtocol.PreviousAttemptsHeader, previous.ToString(CultureInfo.InvariantCulture));
        }

        return headers;
    }

    // Statuses that we made up ourselves have no trailers.
    private Metadata Trailers() => _trailers ??= _trailerHeaders is { } headers ? MetadataReader.Read(headers) : [];

    /// <summary>The time until the deadline; centuries when there is none.</summary>
    internal TimeSpan Remaining() => Deadline - Channel.TimeProvider.GetUtcNow().UtcDateTime;
}
