using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Http;

/// <summary>Settings of a <see cref="DiscoveryHandler"/>. Read once, at construction.</summary>
public sealed class DiscoveryHandlerOptions
{
    // A request to a dead machine goes to another instance after this time, rather than after the system's two minutes.
    internal static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How calls are spread.</summary>
    /// <value>Default <c>round_robin</c>.</value>
    public IBalancingPolicy Policy { get; set; } = BalancingPolicies.Find("round_robin");

    /// <summary>Which instances an address stands for; null: none, the request goes to the address as it is.</summary>
    /// <value>Default <see cref="DefaultQuery"/>.</value>
    public Func<Uri, ServiceQuery?> Query { get; set; } = DefaultQuery;

    /// <summary>
    /// By which name an instance is called, in the <c>Host</c> header and under TLS in the check of its certificate. Null, or null for an instance:
    /// the service's name. A <c>Host</c> header of the request's own takes precedence.
    /// </summary>
    /// <value>Default null.</value>
    public Func<Endpoint, string?>? HostName { get; set; }

    /// <summary>
    /// Changes the handlers that requests are sent by, for example their certificates: called for the one of each instance, and for the one that all
    /// other addresses share. Their <see cref="SocketsHttpHandler.ConnectTimeout"/> is 5 seconds before. Not with an inner handler of one's own.
    /// </summary>
    /// <value>Default null.</value>
    public Action<SocketsHttpHandler>? ConfigureHandler { get; set; }

    /// <summary>Wait for an instance, until the request's own timeout, rather than fail when there is none.</summary>
    /// <value>Default false.</value>
    public bool WaitForReady { get; set; }

    /// <summary>How many instances one request may be sent to in turn.</summary>
    /// <value>Default 5. At least 1: no second attempt.</value>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>After how long without a request a service is not watched any more.</summary>
    /// <value>Default 10 minutes. Above 0.</value>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Methods whose requests are sent again, to another instance, when the connection broke before the response's headers and the server
    /// may have acted already. Requests that never reached a server are sent again whatever their method.
    /// </summary>
    /// <value>
    /// Default the safe ones: GET, HEAD, OPTIONS, TRACE. PUT and DELETE are idempotent too (RFC 9110 9.2.2), but the second answer may
    /// differ from the lost one (404 after a DELETE), so whoever wants them adds them.
    /// </value>
    public ISet<HttpMethod> RetriedMethods { get; } = new HashSet<HttpMethod> { HttpMethod.Get, HttpMethod.Head, HttpMethod.Options, HttpMethod.Trace };

    /// <summary>
    /// The host is the service's name (<c>http://orders/path</c>), unless it has a dot, is an IP address or <c>localhost</c>, or a port other than
    /// the scheme's own is given: those are addresses. Hosts are in lower case, as <see cref="Uri"/> makes them.
    /// </summary>
    public static ServiceQuery? DefaultQuery(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        var isName = uri.HostNameType is UriHostNameType.Dns or UriHostNameType.Basic
            && uri.IsDefaultPort && !uri.Host.Contains('.') && uri.Host != "localhost" && uri.Host.Length > 0;
        return isName ? new ServiceQuery(uri.Host) : null;
    }

    /// <param name="innerHandler">The handler's own, if it has one.</param>
    internal void Validate(HttpMessageHandler? innerHandler)
    {
        if (innerHandler is not null && ConfigureHandler is not null)
        {
            throw new ArgumentException(
                "DiscoveryHandlerOptions.ConfigureHandler has no effect on an inner handler. Set the inner handler up before, or leave it null.");
        }

        ArgumentNullException.ThrowIfNull(Policy);
        ArgumentNullException.ThrowIfNull(Query);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAttempts, 1, nameof(MaxAttempts));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(IdleTimeout, TimeSpan.Zero, nameof(IdleTimeout));
    }
}
