using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Discovery.Internal;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Discovery.Http;

/// <summary>Settings of a <see cref="DiscoveryHandler"/>. Read once, at construction.</summary>
public sealed class DiscoveryHandlerOptions
{
    // A request to a dead machine goes to another instance after this time, rather than after the system's two minutes.
    internal static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How calls are spread.</summary>
    /// <value>Default <c>round_robin</c>.</value>
    public IBalancingPolicy Policy { get; set; } = BalancingPolicies.Find("round_robin");

    /// <summary>What is around the policy: ejection of failing instances, slow start, locality, subsets, hash keys.</summary>
    /// <value>Default: the defaults of each. A target in <see cref="Services"/> has its own instances on trial.</value>
    public ServiceBalancerOptions Balancing { get; set; } = new();

    /// <summary>
    /// gRPC's service config: timeout, retries, hedging and waiting for each path or method, the policy, the budget of retries
    /// (<c>{"methodConfig":[{"name":[{"service":"GET /v1/orders"}],"timeout":"2s"}]}</c>). What it says takes the place of the options here, and what it
    /// does not say is theirs. A name with an HTTP method means retries for that method, even if it is none of <see cref="RetriedMethods"/>. Null: none.
    /// </summary>
    /// <value>Default null.</value>
    public ServiceCallConfig? ServiceConfig { get; set; }

    /// <summary>
    /// Where the service configs of the services that are called are followed while the handler lives. What it has for a service takes the place of
    /// <see cref="ServiceConfig"/> as a whole, and its policy that of <see cref="Policy"/>; a request goes by what was in force when it began. It stays
    /// the caller's. Null: nowhere.
    /// </summary>
    /// <value>Default null; in a container with <c>AddServiceConfig</c>, the container's.</value>
    public ServiceConfigDirectory? ServiceConfigs { get; set; }

    /// <summary>Which instances an address stands for; null: none, the request goes to the address as it is.</summary>
    /// <value>Default <see cref="DefaultQuery"/>.</value>
    public Func<Uri, ServiceQuery?> Query { get; set; } = DefaultQuery;

    /// <summary>
    /// What the names of services stand for, by name: which instances, of which service, with which policy and instances on trial
    /// (<c>o.Services["orders"] = ServiceTarget.Parse("orders?version=^1.2")</c>). A name that is not in it stands for itself. It applies to names
    /// that <see cref="Query"/> takes as they are, as the default does.
    /// </summary>
    /// <value>Default empty. Upper and lower case are the same.</value>
    public IDictionary<string, ServiceTarget> Services { get; } = new Dictionary<string, ServiceTarget>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// By which name an instance is called, in the <c>Host</c> header and under TLS in the check of its certificate. Null, or null for an instance:
    /// the service's name. A <c>Host</c> header of the request's own takes precedence.
    /// </summary>
    /// <value>Default null.</value>
    public Func<Endpoint, string?>? HostName { get; set; }

    /// <summary>
    /// Changes the handlers that requests are sent by, for example their certificates: called for the one of each instance, for the one that
    /// instances share when they are called over HTTP/3 (or with <see cref="System.Net.Http.HttpVersionPolicy.RequestVersionOrHigher"/>), and for the one of all other addresses. Their <see cref="SocketsHttpHandler.ConnectTimeout"/> is 5 seconds before, their <see cref="SocketsHttpHandler.PooledConnectionLifetime"/>
    /// is 5 minutes where they go by a name and no address, and they follow no redirects (<see cref="AllowAutoRedirect"/> here does). Not with an inner handler of one's own.
    /// </summary>
    /// <value>Default null.</value>
    public Action<SocketsHttpHandler>? ConfigureHandler { get; set; }

    /// <summary>
    /// Follow redirects, as <see cref="SocketsHttpHandler.AllowAutoRedirect"/> of other handlers: relative ones, and those to a service's name, to any instance of
    /// the service, others to their address; never from https to http, nor to the same service by another scheme or port, and without the <c>Authorization</c> header.
    /// False, or where <see cref="ConfigureHandler"/> sets credentials that are no <see cref="System.Net.CredentialCache"/>: a redirect is the caller's.
    /// </summary>
    /// <value>Default true.</value>
    public bool AllowAutoRedirect { get; set; } = true;

    /// <summary>How many redirects one request follows. The next one is the caller's.</summary>
    /// <value>Default 50. At least 1.</value>
    public int MaxAutomaticRedirections { get; set; } = 50;

    /// <summary>Wait for an instance, until the request's own timeout, rather than fail when there is none.</summary>
    /// <value>Default false.</value>
    public bool WaitForReady { get; set; }

    /// <summary>
    /// Most attempts of one request, whatever else is set. They are counted anew after a redirect, and with <see cref="WaitForReady"/> after the pause that
    /// follows when no server did anything with the last one.
    /// </summary>
    /// <value>Default 5. At least 1: no second attempt.</value>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>
    /// How a request of one of the <see cref="RetriedMethods"/> is repeated, on another instance while there is one. Statuses are gRPC's: a
    /// connection that broke before the response's headers, an attempt over its time, and 502, 503 and 504 are
    /// <see cref="CallStatus.Unavailable"/>, and so is 429 when it says <c>Retry-After</c>; other statuses from 500 on, and 408, are
    /// <see cref="CallStatus.Unknown"/>. Null: never repeated. What no server has acted on goes to another instance whatever this says.
    /// </summary>
    /// <value>Default: 3 attempts for <see cref="CallStatus.Unavailable"/>, 10 milliseconds apart at first and up to 1 second.</value>
    public RetrySettings? Retry { get; set; } =
        new(3, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1), 2, new CallStatusSet(CallStatus.Unavailable));

    /// <summary>
    /// How copies of a request of one of the <see cref="RetriedMethods"/> are sent to further instances while the first ones take long; the first
    /// response wins and the others are cancelled. Takes the place of <see cref="Retry"/>, also for requests whose body can't be sent twice. Null: none.
    /// </summary>
    /// <value>Default null.</value>
    public HedgingSettings? Hedging { get; set; }

    /// <summary>Ends repeating and copying while most requests to a service fail. Null: nothing does.</summary>
    /// <value>Default 1000 tokens, and a tenth of one back for each request that succeeds: an outage is met with some 500 repeated requests, then none.</value>
    public RetryThrottleSettings? RetryThrottling { get; set; } = new(1000, 0.1);

    /// <summary>
    /// Longest time from the start of a request to the response's headers, with all attempts, redirects and waits, that for a first service config too. Null: the
    /// caller's own.
    /// </summary>
    /// <value>Default null. Above 0.</value>
    public TimeSpan? Timeout { get; set; }

    /// <summary>
    /// Longest time from the pick of an instance to the response's headers; then the instance counts as failed, and the request is repeated as
    /// after a lost connection. Null: none. It's what gets a request away from a process that hangs.
    /// </summary>
    /// <value>Default null. Above 0.</value>
    public TimeSpan? AttemptTimeout { get; set; }

    /// <summary>
    /// Largest body, in bytes, that is kept in memory so that a request can be repeated, when it could not be sent twice otherwise (a stream) and says
    /// its length. Larger ones are sent once.
    /// </summary>
    /// <value>Default 64 KiB. 0: none is.</value>
    public int ReplayBufferSize { get; set; } = 64 * 1024;

    /// <summary>
    /// Put the instance into the options of every request (<see cref="DiscoveryHandler.EndpointKey"/>) before it is sent, for code that sees requests
    /// only, such as what enriches traces. Otherwise it's there when there is no response with a body that could tell.
    /// </summary>
    /// <value>Default false: it costs some 240 bytes a request.</value>
    public bool EndpointInOptions { get; set; }

    /// <summary>
    /// Is told of every attempt of every request when it has ended: which instance, how it ended, how long it took, and what follows. Called on the
    /// thread that ends the attempt, so it must be quick and thread-safe. What it throws is logged and changes nothing. Null: nobody is told.
    /// </summary>
    /// <value>Default null.</value>
    public Action<HttpAttempt>? OnAttempt { get; set; }

    /// <summary>After how long without a request a service is not watched any more.</summary>
    /// <value>Default 10 minutes. Above 0.</value>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Methods whose requests may be repeated although a server may have acted already, as <see cref="Retry"/> says. Requests that never reached a
    /// server are sent again whatever their method.
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
        return uri.IsDefaultPort && ServiceAddress.HasServiceName(uri) ? new ServiceQuery(uri.Host) : null;
    }

    /// <summary>What is wrong with these options, one sentence for each fault; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new OptionFaults();
        faults.Require(Policy is not null, $"{nameof(Policy)} is null: leave its default, or take one of BalancingPolicies");
        faults.Require(Query is not null, $"{nameof(Query)} is null: leave its default, or return null from it for addresses that name no service");
        faults.Require(Balancing is not null, $"{nameof(Balancing)} is null");
        var balancing = new OptionFaults();
        Balancing?.Check(balancing);
        faults.Add(balancing, $"{nameof(Balancing)}.");
        foreach (var (service, target) in Services)
        {
            faults.Require(
                target.Policy is not { } name || BalancingPolicies.IsKnown(name),
                $"{nameof(Services)}[\"{service}\"] is '{target}', and there is no policy '{target.Policy}': use one of {string.Join(", ", BalancingPolicies.Names)}");
        }

        faults.AtLeast(MaxAutomaticRedirections, 1, nameof(MaxAutomaticRedirections));
        faults.AtLeast(MaxAttempts, 1, nameof(MaxAttempts));
        faults.AtLeast(ReplayBufferSize, 0, nameof(ReplayBufferSize));
        if (RetryThrottling is { } bucket)
        {
            faults.Between(bucket.MaxTokens, 1, 1000, $"{nameof(RetryThrottling)}.{nameof(bucket.MaxTokens)}");
            faults.Between(bucket.TokenRatio, 0.001, 1000, $"{nameof(RetryThrottling)}.{nameof(bucket.TokenRatio)}");
        }

        faults.Above(Timeout, TimeSpan.Zero, nameof(Timeout));
        faults.Above(AttemptTimeout, TimeSpan.Zero, nameof(AttemptTimeout));
        faults.Above(IdleTimeout, TimeSpan.Zero, nameof(IdleTimeout));
        return faults.All;
    }
}
