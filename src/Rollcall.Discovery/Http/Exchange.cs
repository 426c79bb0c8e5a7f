using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Events;

namespace Rollcall.Discovery.Http;

/// <summary>One attempt of a request on one instance, from its pick to the end of the response's body; then it can be another one.</summary>
/// <param name="settings">The handler's.</param>
/// <param name="message">What is sent.</param>
internal abstract class Exchange(HttpCallSettings settings, HttpRequestMessage message)
{
    private PickLease _lease;
    private RequestAim? _aim;
    private AttemptTimer? _timer;
    private int _ended = 1;

    protected HttpCallSettings Settings => settings;

    protected HttpRequestMessage Message => message;

    /// <summary>The caller's request.</summary>
    protected virtual HttpRequestMessage Request => message;

    /// <summary>Where the attempt goes. Not before the first.</summary>
    public Endpoint Endpoint => _lease.Endpoint;

    /// <summary>Whether the handlers are <see cref="SocketsHttpHandler"/>s of our own making.</summary>
    public bool IsOwnHandlers => settings.IsOwnHandlers;

    /// <summary>
    /// Whether an error without a cause may mean that a handler of ours gave the request back unsent: it does so only over HTTP/2, and the same error comes of
    /// headers that can't be written.
    /// </summary>
    public bool MayComeBackUnsent =>
        (message.Version.Major > 1 || message.VersionPolicy == HttpVersionPolicy.RequestVersionOrHigher)
        && (settings.EncodesHeaders || (IsAscii(message.Headers) && (message.Content is not { } content || IsAscii(content.Headers))));

    /// <summary>1 for the first attempt of a request.</summary>
    public int Number { get; private set; }

    /// <summary>A timestamp; 0 before the first attempt.</summary>
    public long Started { get; private set; }

    /// <summary>Begins an attempt. The one before has ended.</summary>
    /// <param name="lease">Where it goes.</param>
    /// <param name="number">1 for the first attempt of a request.</param>
    public void Begin(in PickLease lease, int number)
    {
        _lease = lease;
        Number = number;
        Started = settings.TimeProvider.GetTimestamp();
        _timer = null;
        Volatile.Write(ref _ended, 0);
    }

    /// <summary>Whether an attempt has begun and not ended.</summary>
    protected bool IsUnderWay => Volatile.Read(ref _ended) == 0;

    /// <summary>The time that it had until the response's headers is over.</summary>
    public bool IsTimeOver => _timer is { IsOver: true };

    /// <summary>Sets the time that it has until the response's headers.</summary>
    /// <returns>Cancelled when that is over, or by the caller.</returns>
    public CancellationToken Limit(TimeSpan time, CancellationToken cancellationToken)
    {
        _timer = AttemptTimer.Start(time, settings.TimeProvider, cancellationToken);
        return _timer.Token;
    }

    /// <summary>Gives it up, if it was limited and there are no headers yet.</summary>
    public void Cancel()
    {
        if (IsUnderWay)
        {
            _timer?.Cancel();
        }
    }

    /// <summary>Sends the request; <see cref="Restore"/> is due afterwards, however it went.</summary>
    /// <param name="service">The service's connections, or the lack of them.</param>
    /// <param name="uri">The address as the caller wrote it.</param>
    /// <param name="cancellationToken">Gives it up, as long as there are no response headers.</param>
    public Task<HttpResponseMessage> SendAsync(ServiceEntry service, Uri uri, CancellationToken cancellationToken)
    {
        var endpoint = Endpoint;
        if (settings.EndpointInOptions)
        {
            message.Options.Set(DiscoveryHandler.EndpointKey, endpoint);
        }

        var host = settings.HostName?.Invoke(endpoint);
        var scheme = ServiceAddress.SchemeFor(uri.Scheme, endpoint);

        // HTTP/3, which a higher version may be, takes no other connection than the address says.
        if (service.Transports is { } transports && message.Version.Major < 3 && message.VersionPolicy != HttpVersionPolicy.RequestVersionOrHigher)
        {
            if (host is not null || !ReferenceEquals(scheme, uri.Scheme))
            {
                _aim = new RequestAim(message, uri, scheme, uri.IdnHost, host);
            }

            return transports.SendAsync(endpoint, message, cancellationToken);
        }

        // Without the port: it is the scheme's own, and not the instance's.
        _aim = new RequestAim(message, uri, scheme, endpoint.Authority, host ?? uri.IdnHost);
        return settings.ByAddress.SendAsync(message, cancellationToken);
    }

    /// <summary>Makes the request again what the caller wrote.</summary>
    public void Restore()
    {
        _aim?.Restore();
        _aim = null;
    }

    /// <summary>The response is the caller's: the attempt ends with its body, at once when it has none.</summary>
    /// <param name="response">The response.</param>
    /// <param name="service">Who sent it.</param>
    public void Accept(HttpResponseMessage response, ServiceEntry service)
    {
        // It may have been ended before, when it was to be followed by another attempt and none was possible.
        var isOpen = IsUnderWay;
        if (isOpen)
        {
            _timer?.Disarm();
        }

        if (isOpen && !LeasedContent.HasNoBody(response, message.Method))
        {
            response.Content = service.Balancer.LimitsCalls ? new ReclaimedContent(response, this) : new LeasedContent(response, this);
            return;
        }

        TellRequest();
        End(HttpOutcome.Of(response), response.StatusCode);
    }

    /// <summary>Leaves word in the caller's request of where it went, when there is no response that could tell.</summary>
    public void TellRequest() => Request.Options.Set(DiscoveryHandler.EndpointKey, Endpoint);

    /// <summary>Tells the policy and the observer how the attempt ended. Whoever comes first does it.</summary>
    /// <param name="result">What it says of the instance.</param>
    /// <param name="status">Null: no response.</param>
    /// <param name="error">Null: none.</param>
    /// <param name="fate">Null: it decided the request.</param>
    /// <param name="isAnswered">Whoever gave up had what was wanted of the response: its headers, or a part of its body.</param>
    public void End(CallResult result, HttpStatusCode? status, Exception? error = null, AttemptFate? fate = null, bool isAnswered = false)
    {
        // Most ends are told twice, by the end of the body and by its disposal, and to look costs less than to exchange.
        if (!IsUnderWay || Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        _timer?.Dispose();
        var latency = settings.TimeProvider.GetElapsedTime(Started);
        _lease.Complete(new CallOutcome(result, latency)
        {
            IsAnswered = isAnswered && result == CallResult.Cancelled,
            Reason = result == CallResult.Failure ? error?.Message ?? Name(status) : null,
        });
        settings.Observe(new HttpAttempt(Request, Endpoint, Number, status, error, latency, fate));
    }

    /// <summary>Nobody can read the response any more, or dispose of it.</summary>
    public void Abandon() => End(CallResult.Cancelled, null, isAnswered: true);

    private static string? Name(HttpStatusCode? status) =>
        status is { } code ? string.Create(CultureInfo.InvariantCulture, $"{(int)code} {code}") : null;

    private static bool IsAscii(HttpHeaders headers)
    {
        foreach (var (_, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                if (!Ascii.IsValid(value))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
