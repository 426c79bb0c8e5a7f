using Rollcall.Hosts;

namespace Rollcall.Discovery.Http;

/// <summary>
/// Points a request to where it's sent, and afterwards back: handlers around this one may log the request or send it again, and see it as
/// the caller wrote it.
/// </summary>
internal sealed class RequestAim
{
    // What is left of an address that was read once needs no second cleaning, which would also undo what its maker forbade.
    private static readonly UriCreationOptions s_asIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpRequestMessage _request;
    private readonly Uri _uri;
    private readonly bool _setHost;

    /// <param name="request">The request.</param>
    /// <param name="uri">Its address as the caller wrote it.</param>
    /// <param name="scheme">The scheme to use.</param>
    /// <param name="authority">Host and port to use, as an address has them.</param>
    /// <param name="host">The <c>Host</c> header, for requests that have none; null: left alone.</param>
    /// <exception cref="HttpRequestException">The authority is none: nothing can be sent there, as to a name that nobody knows.</exception>
    public RequestAim(HttpRequestMessage request, Uri uri, string scheme, string authority, string? host)
    {
        _request = request;
        _uri = uri;
        request.RequestUri = Combine(uri, scheme, authority);
        if (host is not null && request.Headers.Host is null)
        {
            request.Headers.Host = host;
            _setHost = true;
        }
    }

    public void Restore()
    {
        _request.RequestUri = _uri;
        if (_setHost)
        {
            _request.Headers.Host = null;
        }
    }

    private static Uri Combine(Uri uri, string scheme, string authority)
    {
        // Addresses with a list of schemes were read by the rules for unknown schemes, which leave more as it is.
        var path = uri.PathAndQuery;
        return ServiceAddress.IsList(uri.Scheme)
            ? RequestHost.AddressOf(authority, $"{scheme}://{authority}{(path.StartsWith('/') ? "" : "/")}{path}")
            : RequestHost.AddressOf(authority, $"{scheme}://{authority}{path}", s_asIs);
    }
}
