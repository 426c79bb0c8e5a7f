#pragma warning disable CA1068 // the order of the parameters is that of Grpc.Core, which callers pass by position
namespace Grpc.Core;

/// <summary>What a caller decides for one call. A value: every <c>With</c> method returns a changed copy.</summary>
public readonly struct CallOptions
{
    private readonly DateTime? _deadline;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Options for a call; everything may be left out.</summary>
    /// <param name="headers">Metadata sent before the first message.</param>
    /// <param name="deadline">Absolute time by which the call must have ended; null for none. Local times are converted to UTC.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="writeOptions">Options for the messages written.</param>
    /// <param name="propagationToken">Takes over deadline and cancellation of a call that is being served.</param>
    /// <param name="credentials">Credentials that add metadata to the call.</param>
    public CallOptions(
        Metadata? headers = null,
        DateTime? deadline = null,
        CancellationToken cancellationToken = default,
        WriteOptions? writeOptions = null,
        ContextPropagationToken? propagationToken = null,
        CallCredentials? credentials = null)
        : this(headers, deadline, cancellationToken, writeOptions, propagationToken, credentials, waitForReady: null)
    {
    }

    private CallOptions(
        Metadata? headers,
        DateTime? deadline,
        CancellationToken cancellationToken,
        WriteOptions? writeOptions,
        ContextPropagationToken? propagationToken,
        CallCredentials? credentials,
        bool? waitForReady)
    {
        Headers = headers;
        _deadline = deadline;
        _cancellationToken = cancellationToken;
        WriteOptions = writeOptions;
        PropagationToken = propagationToken;
        Credentials = credentials;
        WaitForReady = waitForReady;
    }

    /// <summary>Metadata sent before the first message; null for none.</summary>
    public Metadata? Headers { get; }

    /// <summary>The deadline; with a propagation token, the earlier of its own and the served call's, in UTC. Null for none.</summary>
    public DateTime? Deadline
    {
        get
        {
            if (PropagationToken?.Deadline is not { } parent)
            {
                return _deadline;
            }

            // Comparing takes no notice of the kind, and a local time is hours off one in UTC.
            var inherited = ToUtc(parent);
            var own = ToUtc(_deadline ?? DateTime.MaxValue);
            return own < inherited ? own : inherited;
        }
    }

    /// <summary>
    /// Cancels the call. When none was given, the served call's token, if a propagation token passes it on; when both are there, a channel
    /// ends the call with either.
    /// </summary>
    public CancellationToken CancellationToken =>
        _cancellationToken.CanBeCanceled || PropagationToken is null ? _cancellationToken : PropagationToken.CancellationToken;

    /// <summary>Options for the messages written; null for defaults.</summary>
    public WriteOptions? WriteOptions { get; }

    /// <summary>Where deadline and cancellation are taken over from; null for nowhere.</summary>
    public ContextPropagationToken? PropagationToken { get; }

    /// <summary>Credentials of this call; null for none.</summary>
    public CallCredentials? Credentials { get; }

    /// <summary>True when the call waits for a reachable server, up to its deadline, and false when it fails at once.</summary>
    public bool IsWaitForReady => WaitForReady == true;

    /// <summary>What <see cref="WithWaitForReady"/> was told; null: nothing, so that the service config decides. Not part of Grpc.Core.</summary>
    public bool? WaitForReady { get; }

    /// <summary>A copy with other headers.</summary>
    public CallOptions WithHeaders(Metadata headers) =>
        new(headers, _deadline, _cancellationToken, WriteOptions, PropagationToken, Credentials, WaitForReady);

    /// <summary>A copy with another deadline.</summary>
    public CallOptions WithDeadline(DateTime deadline) =>
        new(Headers, deadline, _cancellationToken, WriteOptions, PropagationToken, Credentials, WaitForReady);

    /// <summary>A copy with another cancellation token.</summary>
    public CallOptions WithCancellationToken(CancellationToken cancellationToken) =>
        new(Headers, _deadline, cancellationToken, WriteOptions, PropagationToken, Credentials, WaitForReady);

    /// <summary>A copy with other write options.</summary>
    public CallOptions WithWriteOptions(WriteOptions writeOptions) =>
        new(Headers, _deadline, _cancellationToken, writeOptions, PropagationToken, Credentials, WaitForReady);

    /// <summary>A copy with another propagation token.</summary>
    public CallOptions WithPropagationToken(ContextPropagationToken propagationToken) =>
        new(Headers, _deadline, _cancellationToken, WriteOptions, propagationToken, Credentials, WaitForReady);

    /// <summary>A copy with other credentials.</summary>
    public CallOptions WithCredentials(CallCredentials credentials) =>
        new(Headers, _deadline, _cancellationToken, WriteOptions, PropagationToken, credentials, WaitForReady);

    /// <summary>A copy that does, or does not, wait for a reachable server.</summary>
    public CallOptions WithWaitForReady(bool waitForReady = true) =>
        new(Headers, _deadline, _cancellationToken, WriteOptions, PropagationToken, Credentials, waitForReady);

    // The ends of the range mean "at once" and "never" in any zone.
    private static DateTime ToUtc(DateTime time) => time == DateTime.MinValue || time == DateTime.MaxValue ? time : time.ToUniversalTime();
}
