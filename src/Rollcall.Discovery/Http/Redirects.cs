using System.Diagnostics;
using System.Net;

namespace Rollcall.Discovery.Http;

/// <summary>
/// Follows redirects as <see cref="SocketsHttpHandler"/> does, with one difference: what a redirect names is looked up again, so a service's name leads to
/// any of its instances. Thread-safe.
/// </summary>
/// <remarks>RFC 9110 10.2.2 and 15.4; where it leaves a choice (POST becomes GET after 300, 301 and 302; no <c>Authorization</c> goes along), that of .NET's handler.</remarks>
/// <param name="most">How many a request follows; 0: none.</param>
/// <param name="sendAsync">Sends a request to where it leads now.</param>
internal sealed class Redirects(int most, Func<HttpRequestMessage, Hop, CancellationToken, Task<HttpResponseMessage>> sendAsync)
{
    /// <summary>Where a response leads to; null: to the caller.</summary>
    /// <param name="response">The response.</param>
    /// <param name="uri">The address that was asked, as the caller or the redirect before wrote it.</param>
    /// <param name="endpoint">The instance that was asked; null: that of the address.</param>
    /// <param name="followed">How many the request has followed.</param>
    public Uri? TargetOf(HttpResponseMessage response, Uri uri, Endpoint? endpoint, int followed)
    {
        if (!IsRedirect(response.StatusCode) || followed >= most || response.Headers.Location is not { } location)
        {
            return null;
        }

        var target = location.IsAbsoluteUri ? Allowed(location, uri, endpoint) : Uri.TryCreate(uri, location, out var combined) ? combined : null;
        return target is not null && uri.Fragment.Length > 0 && target.Fragment.Length == 0 ? new Uri(target.OriginalString + uri.Fragment) : target;
    }

    /// <summary>Sends the request, changed as the redirect asks for, to where it leads.</summary>
    /// <param name="request">The request.</param>
    /// <param name="redirect">The response that is a redirect; disposed, and its attempt ended.</param>
    /// <param name="target">Where it leads.</param>
    /// <param name="hop">How far the request had come.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public Task<HttpResponseMessage> FollowAsync(
        HttpRequestMessage request, HttpResponseMessage redirect, Uri target, Hop hop, CancellationToken cancellationToken)
    {
        // Nobody needs to read it: its instance has done what it was asked for.
        (redirect.Content as LeasedContent)?.Complete();
        redirect.Dispose();

        // Of the hop before: where it went, what its span is, who the caller was to it.
        ((IDictionary<string, object?>)request.Options).Remove(DiscoveryHandler.EndpointKey.Key);
        foreach (var field in DistributedContextPropagator.Current.Fields)
        {
            request.Headers.Remove(field);
        }

        request.Headers.Authorization = null;
        if (request.RequestUri is { } before && !string.Equals(before.Authority, target.Authority, StringComparison.OrdinalIgnoreCase))
        {
            request.Headers.Host = null;
        }

        if (BecomesGet(redirect.StatusCode, request.Method))
        {
            request.Method = HttpMethod.Get;
            request.Content = null;
            if (request.Headers.TransferEncodingChunked == true)
            {
                request.Headers.TransferEncodingChunked = false;
            }
        }

        request.RequestUri = target;
        return sendAsync(request, hop with { Redirects = hop.Redirects + 1 }, cancellationToken);
    }

    private static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MultipleChoices or HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>Where a whole address in a redirect leads to; null: to the caller.</summary>
    private static Uri? Allowed(Uri location, Uri uri, Endpoint? endpoint)
    {
        var spoken = ServiceAddress.SchemeFor(uri.Scheme, endpoint);
        if (location.Scheme is not ("http" or "https" or "ws" or "wss") || location.Host.Length == 0 || (IsSecure(spoken) && !IsSecure(location.Scheme)))
        {
            return null;
        }

        if (endpoint is null || !string.Equals(location.Host, uri.Host, StringComparison.OrdinalIgnoreCase))
        {
            return location;
        }

        // The same service, whose ports are the registry's and speak one of the two.
        return !location.IsDefaultPort || IsSecure(location.Scheme) != IsSecure(spoken) ? null
            : ServiceAddress.IsList(uri.Scheme) ? new Uri($"{uri.Scheme}://{location.Authority}{location.PathAndQuery}{location.Fragment}")
            : location;
    }

    private static bool IsSecure(string scheme) => scheme is "https" or "wss";

    private static bool BecomesGet(HttpStatusCode status, HttpMethod method) => status switch
    {
        HttpStatusCode.MultipleChoices or HttpStatusCode.MovedPermanently or HttpStatusCode.Found => method == HttpMethod.Post,
        HttpStatusCode.SeeOther => method != HttpMethod.Get && method != HttpMethod.Head,
        _ => false,
    };
}
