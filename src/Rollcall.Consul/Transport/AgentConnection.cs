namespace Rollcall.Consul.Transport;

/// <summary>One agent that a client may ask: its address, and what sends to it. Thread-safe.</summary>
internal sealed class AgentConnection(Uri address, string? tlsServerName, HttpMessageHandler handler, bool isOwnHandler, bool disposeHandler) : IDisposable
{
    private readonly HttpMessageInvoker _invoker = new(handler, disposeHandler);
    private readonly Lock _lock = new();
#pragma warning disable CA2213 // Without a timer it holds nothing, and queries that are open look at it after the agent.
    private CancellationTokenSource _silence = new(); // guarded by _lock
#pragma warning restore CA2213
    private volatile ConsulException? _silentBy;
    private int _waiting;
    private int _probed;

    /// <summary>What paths are appended to.</summary>
    public string Base { get; } = address.Scheme == "unix" ? "http://localhost/" : WithoutUser(address);

    /// <summary>For people; without what an address may carry of passwords.</summary>
    public string Name => address.Scheme == "unix" ? address.OriginalString : Base.TrimEnd('/');

    /// <summary>The handler checks the certificate against the Host header where there is one.</summary>
    public string? Host => IsTls ? tlsServerName : null;

    /// <summary>Over TLS, both sides say whether they speak HTTP/2: then the queries of all watches share a connection.</summary>
    public Version HttpVersion => IsTls ? System.Net.HttpVersion.Version20 : System.Net.HttpVersion.Version11;

    /// <summary>HTTP/1.1 over TCP. A socket of the file system has no address that connections could be counted by.</summary>
    public bool IsOneConnectionPerQuery => address.Scheme == Uri.UriSchemeHttp;

    /// <summary>Whether it is reached by a path of this machine, <c>unix://</c>.</summary>
    public bool IsSocketOfAFile => address.Scheme == "unix";

    /// <summary>Whether its address is one of this machine alone.</summary>
    public bool IsOfThisMachine { get; } = address.Scheme == "unix" || address.IsLoopback;

    /// <summary>Whether it sends by a <see cref="SocketsHttpHandler"/> of our own making.</summary>
    public bool IsOwnHandler => isOwnHandler;

    private bool IsTls => address.Scheme == Uri.UriSchemeHttps;

    /// <summary>Cancelled when the agent has turned out to answer nothing: for the queries that wait at it now.</summary>
    public CancellationToken Silence
    {
        get
        {
            lock (_lock)
            {
                return _silence.Token;
            }
        }
    }

    /// <summary>What showed the last silence.</summary>
    public ConsulException? SilentBy => _silentBy;

    /// <summary>A query begins to wait for a change; <see cref="EndWait"/> is due afterwards.</summary>
    public void BeginWait() => Interlocked.Increment(ref _waiting);

    public void EndWait() => Interlocked.Decrement(ref _waiting);

    /// <summary>Whether it is to be asked for a sign of life: queries wait at it, and nobody asks already. Then <see cref="EndProbe"/> is due.</summary>
    public bool TryBeginProbe() => Volatile.Read(ref _waiting) > 0 && Interlocked.CompareExchange(ref _probed, 1, 0) == 0;

    public void EndProbe() => Volatile.Write(ref _probed, 0);

    /// <summary>It gave no sign of life: the queries that wait at it end.</summary>
    public void FallSilent(ConsulException by)
    {
        CancellationTokenSource silence;
        lock (_lock)
        {
            _silentBy = by;
            (silence, _silence) = (_silence, new CancellationTokenSource());
        }

        silence.Cancel();
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken) =>
        _invoker.SendAsync(message, cancellationToken);

    public void Dispose() => _invoker.Dispose();

    private static string WithoutUser(Uri address)
    {
        var text = address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        return text.EndsWith('/') ? text : text + "/";
    }
}
