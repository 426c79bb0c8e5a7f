using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.Extensions.Logging;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Grpc.Client.Internal;
using Rollcall.Logs;

namespace Rollcall.Grpc.Client;

/// <summary>
/// Where calls go: one address, or all instances of a service found by name. Picks an endpoint for each call. Create one per target, share it,
/// and dispose it at the end. Thread-safe.
/// </summary>
public sealed partial class GrpcChannel : ChannelBase, IDisposable, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, MethodEntry> _methods = new(StringComparer.Ordinal);
    private readonly ChannelLimits _limits;
    private readonly ChannelBalancer _balancer;
    private readonly ServiceConfigBinding _config;
    private readonly EndpointTransports _transports;
    private readonly IDisposable _listChanges;
    private readonly ILogger _logger;
    private readonly Action<CallAttempt>? _onAttempt;
    private readonly bool _allowsPlaintextCredentials;
    private readonly long? _maxRetryBuffer;
    private readonly long? _maxRetryBufferPerCall;
    private long _retryBuffer;
    private int _disposed;

    private GrpcChannel(string target, ChannelTarget parsed, GrpcChannelOptions options)
        : base(target)
    {
        var security = ChannelSecurity.Read(options.Credentials);
        Scheme = parsed.ChooseScheme(security);
        CallCredentials = security.CallCredentials;
        _allowsPlaintextCredentials = options.UnsafeUseInsecureChannelCallCredentials;
        RequireTlsFor(CallCredentials);
        var configured = options.ServiceConfig is { } config ? ServiceConfigs.ToCallConfig(config) : null;
        _limits = new ChannelLimits(options.MaxSendMessageSize, options.MaxReceiveMessageSize, options.MaxRetryAttempts);
        UnreadPolicy = new MethodPolicy(_limits, config: null, throttle: null);
        Authority = options.Authority;
        Encodings = options.CompressionProviders is { } providers ? new GrpcEncodings(providers) : GrpcEncodings.Default;
        RequestCompression = FindCompression(options.RequestCompressionAlgorithm);
        _maxRetryBuffer = options.MaxRetryBufferSize;
        _maxRetryBufferPerCall = options.MaxRetryBufferPerCallSize;
        ThrowsOperationCanceled = options.ThrowOperationCanceledOnCancellation;
        HasOwnHandler = options.HttpHandler is null;
        SendsPings = HasOwnHandler && options.KeepAlivePingDelay != Timeout.InfiniteTimeSpan;
        TimeProvider = options.TimeProvider;
        Random = options.Random;
        Calls = new CallPool(this);
        _onAttempt = options.OnAttempt;
        _logger = new SteadyLoggerFactory(options.LoggerFactory).CreateLogger("Rollcall.Grpc.Client");
        _transports = new EndpointTransports(options, security, () => Balancer);
        Telemetry = new ClientTelemetry(parsed, options);

        // Only now: it starts a watch, which nobody would end if something after it threw.
        _balancer = ChannelBalancer.Create(parsed, options, configured);
        _config = _balancer.Bind(configured, Apply);
        _listChanges = Balancer.Watch.OnChange(snapshot => _transports.Retain(snapshot.Endpoints));
    }

    /// <summary><c>user-agent</c> of every call that does not bring its own.</summary>
    internal static string UserAgent { get; } = $"grpc-dotnet-rollcall/{typeof(GrpcChannel).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>Picks the endpoints: what is known of the service, and the policy in use. Belongs to the channel.</summary>
    public ServiceBalancer Balancer => _balancer.Balancer;

    internal string Scheme { get; }

    internal CallCredentials? CallCredentials { get; }

    /// <summary>What servers are called in place of their address; null: their address.</summary>
    internal string? Authority { get; }

    /// <summary>The compressions of messages that it reads and may send.</summary>
    internal GrpcEncodings Encodings { get; }

    /// <summary>For requests of calls that do not ask for another one; null: none.</summary>
    internal ICompressionProvider? RequestCompression { get; }

    internal ClientTelemetry Telemetry { get; }

    internal CallPool Calls { get; }

    internal TimeProvider TimeProvider { get; }

    internal Random Random { get; }

    internal bool ThrowsOperationCanceled { get; }

    /// <summary>Calls go over connections of the channel's own, and not through a handler of the user's.</summary>
    internal bool HasOwnHandler { get; }

    /// <summary>The channel's own handler sends HTTP/2 pings.</summary>
    internal bool SendsPings { get; }

    internal bool CanCarryCallCredentials => Scheme == Uri.UriSchemeHttps || _allowsPlaintextCredentials;

    internal bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>A channel for a target.</summary>
    /// <param name="address">
    /// <c>http://host:port</c>, <c>https://host:port</c>, <c>consul://host:port/service?tag=…&amp;policy=…</c>, or <c>consul:///service</c> for the
    /// agent that Consul's environment variables name; <c>dns+srv:///name</c> or <c>dns:///name:port</c> for SRV records or addresses in DNS
    /// (<see cref="Rollcall.Discovery.Sources.DnsTarget"/>), with the same parameters.
    /// </param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="ArgumentException">The target or an option is wrong; the message says what and shows a right one.</exception>
    public static GrpcChannel ForAddress(string address, GrpcChannelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        options ??= new GrpcChannelOptions();
        options.Validate();
        return new GrpcChannel(address, ChannelTarget.Parse(address), options);
    }

    /// <inheritdoc cref="ForAddress(string, GrpcChannelOptions?)"/>
    public static GrpcChannel ForAddress(Uri address, GrpcChannelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        return ForAddress(address.OriginalString, options);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The channel was disposed.</exception>
    public override CallInvoker CreateCallInvoker()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return new ChannelCallInvoker(this);
    }

    /// <summary>Ends the calls that are running with status Cancelled, and gives up connections and watches without waiting.</summary>
    public void Dispose()
    {
        if (Close())
        {
            _balancer.Dispose();
        }
    }

    /// <summary>Ends the calls that are running with status Cancelled, gives up connections, and waits for the end of its watch.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Close())
        {
            await _balancer.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override Task ShutdownAsyncCore() => DisposeAsync().AsTask();

    /// <exception cref="InvalidOperationException">They would travel in plaintext.</exception>
    internal void RequireTlsFor(CallCredentials? credentials)
    {
        if (credentials is not null && !CanCarryCallCredentials)
        {
            throw new InvalidOperationException(
                "Call credentials would travel in plaintext. Use https:// or ChannelCredentials.SecureSsl, or set "
                + "GrpcChannelOptions.UnsafeUseInsecureChannelCallCredentials for a test on one machine.");
        }
    }

    /// <summary>Takes room of the buffer that all calls share.</summary>
    /// <param name="size">Bytes.</param>
    /// <param name="kept">Bytes that the call has there already.</param>
    internal bool TryReserveRetryBuffer(int size, long kept = 0)
    {
        if (size + kept > _maxRetryBufferPerCall)
        {
            return false;
        }

        if (Interlocked.Add(ref _retryBuffer, size) <= (_maxRetryBuffer ?? long.MaxValue))
        {
            return true;
        }

        ReleaseRetryBuffer(size);
        return false;
    }

    internal void ReleaseRetryBuffer(long size) => Interlocked.Add(ref _retryBuffer, -size);

    internal void Observe(in CallAttempt attempt)
    {
        if (_onAttempt is null)
        {
            return;
        }

        try
        {
            _onAttempt(attempt);
        }
        catch (Exception e)
        {
            // An observer's fault must not become the call's.
            Log.ObserverFailed(_logger, e);
        }
    }

    private ICompressionProvider? FindCompression(string? name) =>
        name is null or GrpcProtocol.IdentityEncoding ? null
        : Encodings.TryFind(name, out var provider) ? provider
        : throw new ArgumentException(
            $"GrpcChannelOptions.RequestCompressionAlgorithm '{name}' is not known. Use one of: {Encodings.AcceptEncoding}.");

    private bool Close()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return false;
        }

        Calls.Cancel();
        _config.Dispose();
        _listChanges.Dispose();
        _transports.Dispose();
        return true;
    }
}
