namespace Grpc.Core;

/// <summary>The call that is being served. Used by one handler; the parts marked so may be read from any thread.</summary>
public abstract class ServerCallContext
{
    private Dictionary<object, object>? _userState;

    /// <summary>The request path: <c>/service/method</c>.</summary>
    public string Method => MethodCore;

    /// <summary>The authority the caller used.</summary>
    public string Host => HostCore;

    /// <summary>Address of the caller, such as <c>ipv4:127.0.0.1:53112</c>.</summary>
    public string Peer => PeerCore;

    /// <summary>When the call must have ended, in UTC; <see cref="DateTime.MaxValue"/> when the caller set no deadline.</summary>
    public DateTime Deadline => DeadlineCore;

    /// <summary>The caller's metadata.</summary>
    public Metadata RequestHeaders => RequestHeadersCore;

    /// <summary>Fires when the caller cancels, the connection breaks or the deadline passes.</summary>
    public CancellationToken CancellationToken => CancellationTokenCore;

    /// <summary>Metadata sent when the call ends.</summary>
    public Metadata ResponseTrailers => ResponseTrailersCore;

    /// <summary>The status sent when the handler returns; OK by default.</summary>
    public Status Status
    {
        get => StatusCore;
        set => StatusCore = value;
    }

    /// <summary>Options for the messages written next; null for defaults.</summary>
    public WriteOptions? WriteOptions
    {
        get => WriteOptionsCore;
        set => WriteOptionsCore = value;
    }

    /// <summary>Who the caller is, as far as the transport knows.</summary>
    public AuthContext AuthContext => AuthContextCore;

    /// <summary>For interceptors and handlers to pass things along.</summary>
    public IDictionary<object, object> UserState => UserStateCore;

    /// <summary>Name of the method.</summary>
    protected abstract string MethodCore { get; }

    /// <summary>Authority of the request.</summary>
    protected abstract string HostCore { get; }

    /// <summary>Address of the caller.</summary>
    protected abstract string PeerCore { get; }

    /// <summary>Deadline in UTC.</summary>
    protected abstract DateTime DeadlineCore { get; }

    /// <summary>Metadata of the request.</summary>
    protected abstract Metadata RequestHeadersCore { get; }

    /// <summary>Cancellation of the call.</summary>
    protected abstract CancellationToken CancellationTokenCore { get; }

    /// <summary>Trailers of the response.</summary>
    protected abstract Metadata ResponseTrailersCore { get; }

    /// <summary>Status of the response.</summary>
    protected abstract Status StatusCore { get; set; }

    /// <summary>Options of the next messages.</summary>
    protected abstract WriteOptions? WriteOptionsCore { get; set; }

    /// <summary>What is known of the caller.</summary>
    protected abstract AuthContext AuthContextCore { get; }

    /// <summary>State shared along the call; by default a dictionary made when first asked for.</summary>
    protected virtual IDictionary<object, object> UserStateCore => _userState ??= [];

    /// <summary>Sends the response headers now, before the first message. At most once.</summary>
    /// <exception cref="InvalidOperationException">They were sent already.</exception>
    public Task WriteResponseHeadersAsync(Metadata responseHeaders) => WriteResponseHeadersAsyncCore(responseHeaders);

    /// <summary>A token that passes deadline and cancellation on to calls made by the handler.</summary>
    public ContextPropagationToken CreatePropagationToken(ContextPropagationOptions? options = null) => CreatePropagationTokenCore(options);

    /// <summary>Sends the response headers.</summary>
    protected abstract Task WriteResponseHeadersAsyncCore(Metadata responseHeaders);

    /// <summary>Creates a propagation token.</summary>
    protected abstract ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options);
}
