using System.Net;

namespace Rollcall.Hosts;

/// <summary>
/// What may stand as the host in the address of a request. Not what <see cref="Uri.CheckHostName"/> says, which knows fewer names than requests go to
/// (<c>_a.example</c>). Compiled into each project that makes addresses of hosts or lists hosts for it.
/// </summary>
internal static class RequestHost
{
    /// <summary>Whether a host and port, put into an address, would be more than that: a path, a user, a query. The request would go elsewhere.</summary>
    private static bool LeadsElsewhere(string authority) => authority.AsSpan().IndexOfAny(@"/\?#@") >= 0;

    /// <summary>The address of a request to a host and port that nobody has looked at.</summary>
    /// <param name="authority">Host and port.</param>
    /// <param name="text">The address that they stand in.</param>
    /// <param name="options">How it is read.</param>
    /// <exception cref="HttpRequestException">They are none: nothing can be sent there, as to a name that nobody knows.</exception>
    public static Uri AddressOf(string authority, string text, in UriCreationOptions options = default)
    {
        if (LeadsElsewhere(authority))
        {
            throw new HttpRequestException(HttpRequestError.NameResolutionError, $"'{authority}' is no host and port.");
        }

        try
        {
            return new Uri(text, options);
        }
        catch (UriFormatException e)
        {
            throw new HttpRequestException(HttpRequestError.NameResolutionError, e.Message, e);
        }
    }

    /// <summary>Whether it stands for every address of a machine: a server can be bound to it, and for a caller it is its own machine.</summary>
    /// <param name="host">With or without brackets.</param>
    public static bool IsEveryAddress(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    /// <param name="host">Without brackets; null: there is none.</param>
    public static bool IsUsable(string? host) =>
        !string.IsNullOrEmpty(host)
        && !LeadsElsewhere(host)
        && Uri.TryCreate(host.Contains(':', StringComparison.Ordinal) ? $"http://[{host}]:81/" : $"http://{host}:81/", UriKind.Absolute, out var address)
        && address is { Port: 81, AbsolutePath: "/" };
}
