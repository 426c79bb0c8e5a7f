using Rollcall.Discovery.Selecting;

namespace Rollcall.Discovery.Http;

/// <summary>What the address of a request says of how a service is to be called.</summary>
internal static class ServiceAddress
{
    /// <summary>Whether requests with such an address can be sent at all.</summary>
    public static bool IsHttp(Uri uri) => uri.Scheme is "http" or "https" or "ws" or "wss" || IsList(uri.Scheme);

    /// <summary>Whether the host could be the name of a service; with a port it's an address all the same.</summary>
    public static bool HasServiceName(Uri uri) =>
        uri.HostNameType is UriHostNameType.Dns or UriHostNameType.Basic && !uri.Host.Contains('.') && uri.Host != "localhost" && uri.Host.Length > 0;

    /// <summary>Several schemes, the preferred one first.</summary>
    public static bool IsList(string scheme) => scheme is "https+http" or "http+https";

    /// <summary>The scheme to call an instance by: of those that the address allows, the one that the instance speaks, else the preferred one.</summary>
    public static string SchemeFor(string schemes, Endpoint? endpoint)
    {
        if (!IsList(schemes))
        {
            return schemes;
        }

        var preferred = schemes[..schemes.IndexOf('+', StringComparison.Ordinal)];
        if (endpoint is null || !endpoint.Metadata.TryGetValue(EndpointMetadata.Scheme, out var spoken))
        {
            return preferred;
        }

        return spoken.ToLowerInvariant() switch
        {
            "https" => "https",
            "http" => "http",
            _ => preferred,
        };
    }
}
