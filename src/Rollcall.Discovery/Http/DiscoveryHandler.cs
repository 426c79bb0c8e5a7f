using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>
/// Sends each request to an instance of the service that its host names, over HTTP/1.1, 2 or 3. The innermost handler of an
/// <see cref="HttpClient"/>, of a typed client, of a web socket, or of a gRPC channel of another library. Thread-safe; one balancer per service.
/// </summary>
/// <remarks>
/// <para>The <c>Host</c> header stays the service's name, unless the caller set another: servers see what was called, and under TLS the
/// instance has to prove that it is the service (the certificate is checked against the name, not the instance's address).</para>
/// <para><c>https+http://orders/</c> calls each instance by the scheme that its metadata <c>scheme</c> tells, and one that tells nothing by the
/// first of the two.</para>
/// <para>Redirects are not followed: their target is up to the caller, who may send it through this handler again.</para>
/// <para>The synchronous <c>HttpClient.Send</c> is not supported.</para>
/// </remarks>
public sealed class DiscoveryHandler : HttpMessageHandler
{
    /// <summary>In the options of a request, once it was sent: the instance that it was sent to last.</summary>
    public static readonly HttpRequestOptionsKey<Endpoint> EndpointKey = new("Rollcall.Endpoint");

    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _addresses;
    private readonly BalancerCache _balancers;
    private readonly Func<Uri, ServiceQuery?> _query;
    private readonly Func<Endpoint, string?>? _hostName;
    private readonly bool _waitForReady;
    private readonly int _maxAttempts;
    private readonly HashSet<HttpMethod> _retriedMethods;

    /// <param name="directory">Where instances come from. Not disposed by the handler.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="innerHandler">
    /// Sends the requests, changed to the address of an instance, and is disposed with this handler. It must not follow redirects. Null, and faster:
    /// a <see cref="SocketsHttpHandler"/> for each instance, without a proxy and cookies.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public DiscoveryHandler(EndpointDirectory directory, DiscoveryHandlerOptions? options = null, HttpMessageHandler? innerHandler = null)
    {
        ArgumentNullException.ThrowIfNull(directory);
        options ??= new DiscoveryHandlerOptions();
        options.Validate(innerHandler);
        var configure = options.ConfigureHandler;
        _time = directory.TimeProvider;
        _balancers = new BalancerCache(
            directory, options.Policy, options.IdleTimeout, innerHandler is null ? () => new InstanceTransports(configure) : null);
        _query = options.Query;
        _hostName = options.HostName;
        _waitForReady = options.WaitForReady;
        _maxAttempts = options.MaxAttempts;
        _retriedMethods = [.. options.RetriedMethods];
        _addresses = new HttpMessageInvoker(innerHandler ?? CreateAddressHandler(configure));
    }

    /// <inheritdoc/>
    /// <exception cref="HttpRequestException">No instance, or none that could be reached; <see cref="Exception.InnerException"/> says more.</exception>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.RequestUri is not { IsAbsoluteUri: true } uri || !ServiceAddress.IsHttp(uri))
        {
            return _addresses.SendAsync(request, cancellationToken);
        }

        return _query(uri) is { } query
            ? SendToServiceAsync(request, uri, query, cancellationToken)
            : SendToAddressAsync(request, uri, cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _balancers.Dispose();
            _addresses.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>For addresses that are no service's, and for HTTP/3, which connects by the address in the request.</summary>
    private static SocketsHttpHandler CreateAddressHandler(Action<SocketsHttpHandler>? configure)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = DiscoveryHandlerOptions.DefaultConnectTimeout,
        };
        configure?.Invoke(handler);
        return handler;
    }

    private async Task<HttpResponseMessage> SendToServiceAsync(
        HttpRequestMessage request, Uri uri, ServiceQuery query, CancellationToken cancellationToken)
    {
        var entry = _balancers.Rent(query);
        List<Endpoint>? tried = null;
        try
        {
            while (true)
            {
                if (!entry.Balancer.TryPick(new PickContext { Tried = tried }, out var lease))
                {
                    lease = await PickAsync(entry.Balancer, tried, cancellationToken).ConfigureAwait(false);
                }

                var attempt = new Attempt(lease, _time);
                var aim = default(RequestAim);
                try
                {
                    var response = await SendToInstanceAsync(entry, request, uri, attempt.Endpoint, ref aim, cancellationToken).ConfigureAwait(false);
                    LeasedContent.Attach(response, request.Method, attempt);
                    return response;
                }
                catch (Exception e)
                {
                    if (!TryFollow(entry.Balancer, request, attempt, SendFailures.Classify(e, cancellationToken), ref tried, out var isUnreached))
                    {
                        if (isUnreached)
                        {
                            throw NotReached(uri, tried, e);
                        }

                        throw;
                    }
                }
                finally
                {
                    aim.Restore();
                }
            }
        }
        finally
        {
            _balancers.Return(entry);
        }
    }

    private Task<HttpResponseMessage> SendToInstanceAsync(
        BalancerCache.Entry entry, HttpRequestMessage request, Uri uri, Endpoint endpoint, ref RequestAim aim, CancellationToken cancellationToken)
    {
        request.Options.Set(EndpointKey, endpoint);
        var host = _hostName?.Invoke(endpoint);
        var scheme = ServiceAddress.SchemeFor(uri.Scheme, endpoint);

        // HTTP/3 takes no other connection than the address says.
        if (entry.Transports is { } transports && request.Version.Major < 3 && request.VersionPolicy != HttpVersionPolicy.RequestVersionOrHigher)
        {
            if (host is not null || !ReferenceEquals(scheme, uri.Scheme))
            {
                aim = new RequestAim(request, uri, scheme, uri.IdnHost, host);
            }

            return transports.SendAsync(endpoint, request, cancellationToken);
        }

        // Without the port: it is the scheme's own, and not the instance's.
        aim = new RequestAim(request, uri, scheme, endpoint.Authority, host ?? uri.IdnHost);
        return _addresses.SendAsync(request, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendToAddressAsync(HttpRequestMessage request, Uri uri, CancellationToken cancellationToken)
    {
        if (!ServiceAddress.IsList(uri.Scheme))
        {
            return await _addresses.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        var aim = new RequestAim(request, uri, ServiceAddress.SchemeFor(uri.Scheme, null), uri.Authority, null);
        try
        {
            return await _addresses.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            aim.Restore();
        }
    }

    /// <summary>Ends a failed attempt, and decides whether there is another.</summary>
    private bool TryFollow(
        ServiceBalancer balancer, HttpRequestMessage request, in Attempt attempt, SendFailure failure, ref List<Endpoint>? tried, out bool isUnreached)
    {
        attempt.Complete(failure switch
        {
            SendFailure.NeverSent => CallResult.Unreachable,
            SendFailure.Lost => CallResult.Failure,
            _ => CallResult.Cancelled,
        });
        tried ??= [];
        tried.Add(attempt.Endpoint);
        isUnreached = failure == SendFailure.NeverSent;
        return MaySendAgain(failure, request) && tried.Count < _maxAttempts && HasUntried(balancer, tried);
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

    private static HttpRequestException NotReached(Uri uri, List<Endpoint>? tried, Exception last)
    {
        var error = last is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } known
            ? known.HttpRequestError
            : HttpRequestError.ConnectionError;
        return new HttpRequestException(
            error,
            $"No instance of '{uri.IdnHost}' could be reached. Tried: {string.Join(", ", tried ?? [])}. The last error: {last.Message} "
            + "They are registered, so look whether they run and whether their checks notice that they don't.",
            last);
    }
}
