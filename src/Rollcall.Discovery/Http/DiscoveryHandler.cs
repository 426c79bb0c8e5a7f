using System.Collections.Frozen;
using System.Net;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Internal;

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
/// <para>Redirects are followed to where this handler would send a request of the caller's (<see cref="DiscoveryHandlerOptions.AllowAutoRedirect"/>).</para>
/// <para>The synchronous <c>HttpClient.Send</c> is not supported.</para>
/// </remarks>
public sealed class DiscoveryHandler : HttpMessageHandler
{
    /// <summary>
    /// In the options of a request that failed, or whose response has no body, the instance that it was sent to last; of every request with
    /// <see cref="DiscoveryHandlerOptions.EndpointInOptions"/>. Responses tell theirs: <see cref="HttpResponseMessageExtensions.GetEndpoint"/>.
    /// </summary>
    public static readonly HttpRequestOptionsKey<Endpoint> EndpointKey = new("Rollcall.Endpoint");

    private readonly HttpMessageInvoker _addresses;
    private readonly HttpMessageInvoker _instances;
    private readonly HttpCallSettings _settings;
    private readonly ServiceCache _services;
    private readonly Func<Uri, ServiceQuery?> _query;
    private readonly bool _isDefaultQuery;

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
        OptionFaults.ThrowIfAny(options.Validate(), "handler", nameof(options));
        var configure = options.ConfigureHandler;
        if (innerHandler is not null && configure is not null)
        {
            throw new ArgumentException(
                "DiscoveryHandlerOptions.ConfigureHandler has no effect on an inner handler. Set the inner handler up before, or leave it null.", nameof(options));
        }

        var (configured, configs) = (options.ServiceConfig, options.ServiceConfigs);
        var policy = options.Policy;
        var balancing = options.Balancing.CopyValidated(nameof(options));
        var services = options.Services.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        _query = options.Query;
        _isDefaultQuery = options.Query == DiscoveryHandlerOptions.DefaultQuery;

        // For addresses that are no service's.
        var addresses = innerHandler is null ? OwnHandler.Create(configure, usesProxy: true, goesByName: true) : null;
        _addresses = new HttpMessageInvoker(innerHandler ?? addresses!);

        // For HTTP/3, which connects to an instance by the address in the request.
        _instances = innerHandler is null ? new HttpMessageInvoker(OwnHandler.Create(configure, usesProxy: false, goesByName: true)) : _addresses;

        // Credentials that are for no certain server would be given to any that a redirect leads to.
        var follows = options.AllowAutoRedirect && OwnHandler.CredentialsOf(innerHandler ?? addresses) is null or CredentialCache;
        var redirects = new Redirects(follows ? options.MaxAutomaticRedirections : 0, SendAsync);
        var encodesHeaders = addresses?.RequestHeaderEncodingSelector is not null;
        _settings = new HttpCallSettings(options, directory.TimeProvider, _instances, innerHandler is null, encodesHeaders, redirects, directory.Logger);
        _services = new ServiceCache(
            query =>
            {
                var isNameAlone = query.Equals(new ServiceQuery(query.Name));
                var target = isNameAlone && services.TryGetValue(query.Name, out var meant) ? meant : new ServiceTarget(query);
                var around = balancing;
                if (target.Canary is { } canary)
                {
                    around = balancing.CopyValidated(nameof(options));
                    around.Canary = canary;
                }

                var own = target.Policy is { } name
                    ? new ConfiguredBalancing(BalancingPolicies.Find(name), around)
                    : configured?.ReadBalancing(around) ?? new ConfiguredBalancing(policy, around);
                var balancer = new ServiceBalancer(directory.Watch(target.Query), own.Policy, own.Options);
                var transports = innerHandler is null ? new InstanceTransports(configure, balancer) : null;
                var entry = new ServiceEntry(balancer, transports, new ServicePolicies(_settings), directory.TimeProvider);
                try
                {
                    entry.Follow(own, around, configs?.Watch(new ServiceConfigQuery(target.Query.Name)), configured);
                    return entry;
                }
                catch
                {
                    entry.Dispose();
                    throw;
                }
            },
            options.IdleTimeout);
    }

    /// <inheritdoc/>
    /// <exception cref="HttpRequestException">No instance, or none that could be reached; <see cref="Exception.InnerException"/> says more.</exception>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return SendAsync(request, new Hop(_settings.TimeProvider.GetTimestamp(), Redirects: 0), cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _services.Dispose();
            _addresses.Dispose();
            _instances.Dispose();
        }
        base.Dispose(disposing);
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Hop hop, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { IsAbsoluteUri: true } uri || !ServiceAddress.IsHttp(uri))
        {
            return _addresses.SendAsync(request, cancellationToken);
        }

        if (Find(uri) is not { } service)
        {
            return SendToAddressAsync(request, uri, hop, cancellationToken);
        }

        return service.IsReady
            ? SendAsync(service, request, uri, hop, cancellationToken)
            : SendWhenReadyAsync(service, request, uri, hop, cancellationToken);
    }

    /// <returns>Null: it's the address of no service.</returns>
    private ServiceEntry? Find(Uri uri)
    {
        // What a host stands for is always the same then, and most requests go to few hosts.
        var host = _isDefaultQuery && uri.IsDefaultPort ? uri.Host : null;
        if (host is not null && _services.TryGetRecent(host, out var recent))
        {
            return recent;
        }

        if (_query(uri) is not { } query)
        {
            return null;
        }

        var service = _services.Get(query);
        if (host is not null)
        {
            _services.Remember(host, service);
        }

        return service;
    }

    private async Task<HttpResponseMessage> SendWhenReadyAsync(
        ServiceEntry service, HttpRequestMessage request, Uri uri, Hop hop, CancellationToken cancellationToken)
    {
        // The wait is a part of the time that the request has.
        using (service.Wait())
        {
            await Deadline().WaitAsync(service.Ready).ConfigureAwait(false);
        }

        // What it goes by now may give it less time than it has waited already.
        Deadline().ThrowIfOver();
        return await SendAsync(service, request, uri, hop, cancellationToken).ConfigureAwait(false);

        RequestDeadline Deadline() => new(service.Policies.Of(request), _settings.TimeProvider, uri, hop.Started, cancellationToken);
    }

    private Task<HttpResponseMessage> SendAsync(
        ServiceEntry service, HttpRequestMessage request, Uri uri, Hop hop, CancellationToken cancellationToken)
    {
        var policy = service.Policies.Of(request);
        return _settings.MayHedge(policy, request)
            ? SendCopiesAsync(service, policy, request, uri, hop, cancellationToken)
            : new HttpCall(_settings, policy, service, request, uri, hop, cancellationToken).SendAsync();
    }

    private async Task<HttpResponseMessage> SendCopiesAsync(
        ServiceEntry service, RequestPolicy policy, HttpRequestMessage request, Uri uri, Hop hop, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        using (var call = new HedgedCall(_settings, policy, policy.Hedging!, service, request, uri, hop.Started, cancellationToken))
        {
            response = await call.SendAsync().ConfigureAwait(false);
        }

        return await FollowAsync(request, response, uri, response.GetEndpoint(), hop, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendToAddressAsync(
        HttpRequestMessage request, Uri uri, Hop hop, CancellationToken cancellationToken)
    {
        var response = await SendToAddressAsync(request, uri, cancellationToken).ConfigureAwait(false);
        return await FollowAsync(request, response, uri, null, hop, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>The response itself where it leads nowhere.</returns>
    private Task<HttpResponseMessage> FollowAsync(
        HttpRequestMessage request, HttpResponseMessage response, Uri uri, Endpoint? endpoint, Hop hop, CancellationToken cancellationToken) =>
        _settings.Redirects.TargetOf(response, uri, endpoint, hop.Redirects) is { } target
            ? _settings.Redirects.FollowAsync(request, response, target, hop, cancellationToken)
            : Task.FromResult(response);

    private async Task<HttpResponseMessage> SendToAddressAsync(HttpRequestMessage request, Uri uri, CancellationToken cancellationToken)
    {
        var aim = ServiceAddress.IsList(uri.Scheme)
            ? new RequestAim(request, uri, ServiceAddress.SchemeFor(uri.Scheme, null), uri.Authority, null)
            : null;
        try
        {
            return await _addresses.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (
            e.HttpRequestError == HttpRequestError.NameResolutionError && _isDefaultQuery && !uri.IsDefaultPort && ServiceAddress.HasServiceName(uri))
        {
            throw new HttpRequestException(
                e.HttpRequestError,
                $"{e.Message.TrimEnd('.')}. With a port it is an address, and called as it is; if {uri.Host} is a service, leave the port out: {uri.Scheme}://{uri.Host}/.",
                e);
        }
        finally
        {
            aim?.Restore();
        }
    }
}
