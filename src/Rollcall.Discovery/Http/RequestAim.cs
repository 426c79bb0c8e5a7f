using Rollcall.Hosts;

namespace Rollcall.Discovery.Http;

/// <summary>
/// Points a request to where it's sent, and afterwards back: handlers around this one may log the request or send it again, and see it as
/// the caller wrote it.
/// </summary>
internal sealed class RequestAim
{
    // Whoever made the address may have forbidden to clean its path.
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
        var isList = ServiceAddress.IsList(uri.Scheme);
        var text = $"{scheme}://{authority}{(isList && !path.StartsWith('/') ? "/" : "")}{path}";
        var address = RequestHost.AddressOf(authority, text);

        // Handlers that take an address apart, as a TestServer's does, can't do so with one that is to be left as it is.
        return isList || address.PathAndQuery == path ? address : RequestHost.AddressOf(authority, text, s_asIs);
    }
}
