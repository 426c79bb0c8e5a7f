using System.Net;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Events;

namespace Rollcall.Discovery.Http;

/// <summary>One attempt of a request on one instance, from its pick to the end of the response's body.</summary>
/// <param name="settings">The handler's.</param>
/// <param name="message">What is sent.</param>
/// <param name="request">The caller's request, which may be the same.</param>
/// <param name="lease">Where to.</param>
/// <param name="number">1 for the first attempt of a request.</param>
internal sealed class Exchange(HttpCallSettings settings, HttpRequestMessage message, HttpRequestMessage request, PickLease lease, int number)
{
    private readonly long _started = settings.TimeProvider.GetTimestamp();
    private RequestAim _aim;
    private AttemptTimer? _timer;
    private int _ended;

    public Endpoint Endpoint { get; } = lease.Endpoint;

    public int Number => number;

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
        if (Volatile.Read(ref _ended) == 0)
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
        message.Options.Set(DiscoveryHandler.EndpointKey, Endpoint);
        var host = settings.HostName?.Invoke(Endpoint);
        var scheme = ServiceAddress.SchemeFor(uri.Scheme, Endpoint);

        // HTTP/3 takes no other connection than the address says.
        if (service.Transports is { } transports && message.Version.Major < 3 && message.VersionPolicy != HttpVersionPolicy.RequestVersionOrHigher)
        {
            if (host is not null || !ReferenceEquals(scheme, uri.Scheme))
            {
                _aim = new RequestAim(message, uri, scheme, uri.IdnHost, host);
            }

            return transports.SendAsync(Endpoint, message, cancellationToken);
        }

        // Without the port: it is the scheme's own, and not the instance's.
        _aim = new RequestAim(message, uri, scheme, Endpoint.Authority, host ?? uri.IdnHost);
        return settings.Addresses.SendAsync(message, cancellationToken);
    }

    /// <summary>Makes the request again what the caller wrote.</summary>
    public void Restore() => _aim.Restore();

    /// <summary>The response is the caller's: the attempt ends with its body, at once when it has none.</summary>
    public HttpResponseMessage Accept(HttpResponseMessage response)
    {
        if (Volatile.Read(ref _ended) != 0)
        {
            // It was to be followed by another attempt, and none was possible.
            return response;
        }

        _timer?.Disarm();
        if (LeasedContent.HasNoBody(response, request.Method))
        {
            End(HttpOutcome.Of(response), response.StatusCode);
        }
        else
        {
            response.Content = new LeasedContent(response, this);
        }

        return response;
    }

    /// <summary>Tells the policy and the observer how the attempt ended. Whoever comes first does it.</summary>
    /// <param name="result">What it says of the instance.</param>
    /// <param name="status">Null: no response.</param>
    /// <param name="error">Null: none.</param>
    /// <param name="fate">Null: it decided the request.</param>
    public void End(CallResult result, HttpStatusCode? status, Exception? error = null, AttemptFate? fate = null)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        _timer?.Dispose();
        var latency = settings.TimeProvider.GetElapsedTime(_started);
        lease.Complete(new CallOutcome(result, latency));
        settings.OnAttempt?.Invoke(new HttpAttempt(request, Endpoint, number, status, error, latency, fate));
    }
}
