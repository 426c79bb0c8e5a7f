using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>
/// Sends each request to an instance of the service that its host names, over HTTP/1.1, 2 or 3. The innermost handler of an
/// <see cref="HttpClient"/>, of a typed client, or of a gRPC channel of another library. Thread-safe; one balancer per service.
/// </summary>
/// <remarks>
/// <para>The <c>Host</c> header stays the service's name, unless the caller set another: servers see what was called, and under TLS the
/// instance has to prove that it is the service (the certificate is checked against the name, not the instance's address).</para>
/// <para>Redirects are not followed: their target is up to the caller, who may send it through this handler again.</para>
/// <para>The synchronous <c>HttpClient.Send</c> is not supported.</para>
/// </remarks>
public sealed class DiscoveryHandler : HttpMessageHandler
{
    /// <summary>In the options of a request, once it was sent: the instance that it was sent to last.</summary>
    public static readonly HttpRequestOptionsKey<Endpoint> EndpointKey = new("Rollcall.Endpoint");

    private readonly EndpointDirectory _directory;
    private readonly HttpMessageInvoker _inner;
    private readonly BalancerCache _balancers;
    private readonly Func<Uri, ServiceQuery?> _query;
    private readonly bool _waitForReady;
    private readonly int _maxAttempts;
    private readonly HashSet<HttpMethod> _retriedMethods;

    /// <param name="directory">Where instances come from. Not disposed by the handler.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="innerHandler">Sends the requests, and is disposed with this handler. It must not follow redirects. Null: a new <see cref="SocketsHttpHandler"/>.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public DiscoveryHandler(EndpointDirectory directory, DiscoveryHandlerOptions? options = null, HttpMessageHandler? innerHandler = null)
    {
        ArgumentNullException.ThrowIfNull(directory);
        options ??= new DiscoveryHandlerOptions();
        options.Validate();
        _directory = directory;
        _balancers = new BalancerCache(directory, options.Policy, options.IdleTimeout);
        _query = options.Query;
        _waitForReady = options.WaitForReady;
        _maxAttempts = options.MaxAttempts;
        _retriedMethods = [.. options.RetriedMethods];
        _inner = new HttpMessageInvoker(innerHandler ?? CreateInnerHandler());
    }

    /// <inheritdoc/>
    /// <exception cref="HttpRequestException">No instance, or none that could be reached; <see cref="Exception.InnerException"/> says more.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.RequestUri is not { IsAbsoluteUri: true } uri || uri.Scheme is not ("http" or "https") || _query(uri) is not { } query)
        {
            return await _inner.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        var entry = _balancers.Rent(query);
        var host = request.Headers.Host;
        try
        {
            // Without the port: it is the scheme's own, and not the instance's.
            request.Headers.Host ??= uri.IdnHost;
            return await SendToAnyAsync(entry.Balancer, request, uri, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Handlers outside of this one may log the request or send it again: they see it as the caller wrote it.
            request.RequestUri = uri;
            request.Headers.Host = host;
            _balancers.Return(entry);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _balancers.Dispose();
            _inner.Dispose();
        }
        base.Dispose(disposing);
    }

    private static SocketsHttpHandler CreateInnerHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        EnableMultipleHttp2Connections = true,

        // A request to a dead machine goes to another instance after this time, rather than after the system's two minutes.
        ConnectTimeout = TimeSpan.FromSeconds(5),
    };

    private async Task<HttpResponseMessage> SendToAnyAsync(
        ServiceBalancer balancer, HttpRequestMessage request, Uri uri, CancellationToken cancellationToken)
    {
        List<Endpoint>? tried = null;
        while (true)
        {
            var lease = await PickAsync(balancer, tried, cancellationToken).ConfigureAwait(false);
            var call = new CallLease(lease, _directory.TimeProvider);
            try
            {
                Aim(request, uri, lease.Endpoint);
                var response = await _inner.SendAsync(request, cancellationToken).ConfigureAwait(false);
                return LeasedContent.Attach(response, call);
            }
            catch (Exception e)
            {
                var failure = SendFailures.Classify(e, cancellationToken);
                call.Complete(failure switch
                {
                    SendFailure.NeverSent => CallResult.Unreachable,
                    SendFailure.Lost => CallResult.Failure,
                    _ => CallResult.Cancelled,
                });
                tried = [.. tried ?? [], lease.Endpoint];
                if (!MaySendAgain(failure, request) || tried.Count >= _maxAttempts || !HasUntried(balancer, tried))
                {
                    if (failure == SendFailure.NeverSent)
                    {
                        throw NotReached(uri, tried, e);
                    }

                    throw;
                }
            }
        }
    }

    private async ValueTask<PickLease> PickAsync(ServiceBalancer balancer, List<Endpoint>? tried, CancellationToken cancellationToken)
    {
        try
        {
            return await balancer.PickAsync(new PickContext { Tried = tried }, _waitForReady, cancellationToken).ConfigureAwait(false);
        }
        catch (NoEndpointException e)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, e.Message, e);
        }
    }

    private bool MaySendAgain(SendFailure failure, HttpRequestMessage request) => failure switch
    {
        SendFailure.NeverSent => true,
        SendFailure.Lost => _retriedMethods.Contains(request.Method) && SendFailures.IsReplayable(request.Content),
        _ => false,
    };

    private static bool HasUntried(ServiceBalancer balancer, List<Endpoint> tried)
    {
        if (balancer.Snapshot is not { } snapshot)
        {
            return false;
        }

        foreach (var endpoint in snapshot.Endpoints)
        {
            if (!tried.Contains(endpoint))
            {
                return true;
            }
        }
        return false;
    }

    private static void Aim(HttpRequestMessage request, Uri uri, Endpoint endpoint)
    {
        request.RequestUri = new UriBuilder(uri) { Host = endpoint.Host, Port = endpoint.Port }.Uri;
        request.Options.Set(EndpointKey, endpoint);
    }

    private static HttpRequestException NotReached(Uri uri, List<Endpoint> tried, Exception last)
    {
        var error = last is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } known
            ? known.HttpRequestError
            : HttpRequestError.ConnectionError;
        return new HttpRequestException(
            error,
            $"No instance of '{uri.IdnHost}' could be reached. Tried: {string.Join(", ", tried)}. The last error: {last.Message} "
            + "They are registered, so look whether they run and whether their checks notice that they don't.",
            last);
    }
}
