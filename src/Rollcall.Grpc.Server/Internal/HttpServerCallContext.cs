using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Grpc.Server;

/// <summary>A call over an HTTP request. Everything that not every handler asks for is made when it is first asked for.</summary>
internal sealed class HttpServerCallContext(HttpContext httpContext, CallSettings settings, IMethod method)
    : ServerCallContext, IServerCallContextFeature, IDisposable
{
    private CallDeadline? _deadline;

    // Null for most small calls, which spares each of them the room.
    private Rarities? _rarities;

    public HttpContext HttpContext { get; } = httpContext;

    public CallSettings Settings { get; } = settings;

    ServerCallContext IServerCallContextFeature.ServerCallContext => this;

    /// <summary>Who observes the call; null when nobody does.</summary>
    public CallTelemetry? Telemetry { get; set; }

    /// <summary>What responses are compressed with unless a message says otherwise; null: they are not.</summary>
    public ICompressionProvider? Compression { get; private set; }

    /// <summary>True when the first message is in the response, flushed or not.</summary>
    public bool MessageWritten { get; set; }

    /// <summary>True when status and trailers never go to the headers, not even of a response without a message.</summary>
    public bool EndsInTrailers { get; init; }

    /// <summary>See <see cref="CallHandler.HandleAdaptedAsync"/>.</summary>
    public bool BlamesCaller { get; init; }

    /// <summary>See <see cref="CallHandler.HandleAdaptedAsync"/>.</summary>
    public Action<Status>? FormAnswer
    {
        get => _rarities?.FormAnswer;
        set => Rare.FormAnswer = value;
    }

    /// <summary>True when reading found the request broken off. The abort token fires a moment later.</summary>
    public bool RequestBroken { get; private set; }

    /// <summary>True when the handler returned; the HTTP request may be reused from then on.</summary>
    public bool Ended { get; private set; }

    /// <summary>Trailers of the handler, or null when it set none.</summary>
    public Metadata? TrailersOrNull => _rarities?.ResponseTrailers;

    /// <summary>True for a stream that the end of the application has ended.</summary>
    public bool IsStopped => _deadline?.IsStopped == true;

    /// <summary>
    /// Fires at the deadline, at an abort, and for a stream when the application stops. A unary call without a deadline has none, because the
    /// transport ends reads and writes itself.
    /// </summary>
    public CancellationToken DeadlineToken => _deadline?.Token ?? CancellationToken.None;

    /// <summary>For what brings writes to the transport: fires at the deadline, and when a stream that the application ended is not taken.</summary>
    public CancellationToken FlushToken => _deadline?.FlushToken ?? CancellationToken.None;

    protected override string MethodCore => method.FullName;

    protected override string HostCore => HttpContext.Request.Host.Value ?? "";

    protected override string PeerCore => FormatPeer(HttpContext.Connection.RemoteIpAddress, HttpContext.Connection.RemotePort);

    protected override DateTime DeadlineCore => _deadline?.Until ?? DateTime.MaxValue;

    protected override Metadata RequestHeadersCore => Rare.RequestHeaders ??= ReadRequestHeaders();

    protected override CancellationToken CancellationTokenCore => _deadline?.Token ?? (Ended ? CancellationToken.None : HttpContext.RequestAborted);

    protected override Metadata ResponseTrailersCore => Rare.ResponseTrailers ??= [];

    protected override Status StatusCore
    {
        get => _rarities?.Status ?? Status.DefaultSuccess;
        set
        {
            if (value != StatusCore)
            {
                Rare.Status = value;
            }
        }
    }

    protected override WriteOptions? WriteOptionsCore
    {
        get => _rarities?.WriteOptions;
        set => Rare.WriteOptions = value;
    }

    protected override AuthContext AuthContextCore =>
        Rare.AuthContext ??= CertificateAuthContext.Create(HttpContext.Connection.ClientCertificate);

    protected override IDictionary<object, object> UserStateCore
    {
        get
        {
            // For contexts that wrap this one; put there only for those who ask.
            HttpContext.Items.TryAdd(ServerCallContextExtensions.HttpContextKey, HttpContext);
            return HttpContext.Items!;
        }
    }

    private Rarities Rare => _rarities ??= new Rarities();

    /// <summary>Starts the clock of the caller's deadline and settles the compression of responses.</summary>
    public void Start()
    {
        var headers = HttpContext.Request.Headers;
        TimeSpan? timeout = null;
        if (headers.GrpcTimeout is [{ } text])
        {
            timeout = GrpcTimeout.TryParse(text, out var parsed)
                ? parsed
                : throw new RpcException(new Status(
                    BlamesCaller ? StatusCode.InvalidArgument : StatusCode.Internal,
                    "The grpc-timeout header is malformed; it takes 1 to 8 digits and one of H M S m u n."));
        }

        // Before a message is waited for, and a handler may do what the caller believes was refused.
        _ = MessageDecoder.FindCompression(this);

        var shutdown = method.Type == MethodType.Unary ? CancellationToken.None : Settings.StreamShutdown;
        if (timeout is not null || shutdown.CanBeCanceled)
        {
            _deadline = new CallDeadline(Settings, HttpContext, timeout, shutdown);
        }

        if (Settings.ResponseCompression is { } compression)
        {
            SetCompression(compression);
        }
    }

    /// <summary>Ends the call and says whether the deadline came first.</summary>
    public bool End()
    {
        Ended = true;
        return _deadline?.End() == true;
    }

    public void Dispose()
    {
        Telemetry?.End(StatusCore);
        _deadline?.Dispose();
    }

    /// <summary>For exception filters: remembers that reading failed, and lets the exception pass.</summary>
    /// <param name="exception">What reading threw.</param>
    /// <param name="wait">
    /// What the read was waiting with. The end of a wait says nothing about the request; a request that was broken off in the same moment does.
    /// </param>
    public bool NoteReadFailure(Exception exception, CancellationToken wait = default)
    {
        RequestBroken |= exception is IOException and not BadHttpRequestException
            || (exception is OperationCanceledException && !wait.IsCancellationRequested);
        return false;
    }

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        var response = HttpContext.Response;
        if (Ended || MessageWritten || response.HasStarted)
        {
            throw new InvalidOperationException("The response headers were sent already; call WriteResponseHeadersAsync once, before the first message.");
        }

        if (responseHeaders.GetValue(GrpcProtocol.EncodingRequestKey) is { } encoding)
        {
            SetCompression(Settings.Encodings.TryFind(encoding, out var compression) ? compression : null);
        }

        CallEnd.WriteMetadata(response.Headers, responseHeaders);
        await response.StartAsync(DeadlineToken).ConfigureAwait(false);
        await response.BodyWriter.FlushAsync(DeadlineToken).ConfigureAwait(false);
    }

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        new(DeadlineCore, CancellationTokenCore, options);

    private static bool Accepts(string? list, string encoding)
    {
        foreach (var part in list.AsSpan().Split(','))
        {
            if (list.AsSpan(part).Trim().Equals(encoding, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static string FormatPeer(IPAddress? address, int port) => address switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetwork } => $"ipv4:{address}:{port}",
        { IsIPv4MappedToIPv6: true } => $"ipv4:{address.MapToIPv4()}:{port}",
        _ => $"ipv6:[{address}]:{port}",
    };

    // Not at all where the caller can't read it, whoever asks for it.
    private void SetCompression(ICompressionProvider? compression)
    {
        Compression = compression is not null && Accepts(HttpContext.Request.Headers.GrpcAcceptEncoding, compression.EncodingName) ? compression : null;
        HttpContext.Response.Headers.GrpcEncoding = Compression?.EncodingName;
    }

    private Metadata ReadRequestHeaders()
    {
        var metadata = new Metadata();
        foreach (var (name, values) in HttpContext.Request.Headers)
        {
            foreach (var value in values)
            {
                if (!GrpcMetadata.TryAddHeader(metadata, name, value ?? ""))
                {
                    CallHandler.LogMetadataSkipped(Settings.Logger, method.FullName, name);
                }
            }
        }

        return metadata;
    }

    /// <summary>What most small calls neither ask for nor set.</summary>
    private sealed class Rarities
    {
        public Metadata? RequestHeaders { get; set; }

        public Metadata? ResponseTrailers { get; set; }

        public Status Status { get; set; } = Status.DefaultSuccess;

        public WriteOptions? WriteOptions { get; set; }

        public AuthContext? AuthContext { get; set; }

        public Action<Status>? FormAnswer { get; set; }
    }
}
