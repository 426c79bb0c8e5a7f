using System.Net;
using Microsoft.AspNetCore.Http;

namespace Rollcall.Hosting.Diagnostics;

/// <summary>Tells requests of programs on this machine from others.</summary>
internal static class LocalRequests
{
    private static readonly string[] s_forwarding = ["Forwarded", "Via", "X-Real-IP"];
    private static readonly string[] s_forwardingPrefixes = ["X-Forwarded-", "X-Envoy-"];

    /// <summary>Why a request does not count as one of this machine, as the rest of a sentence; null: it does.</summary>
    public static string? WhyRemote(HttpRequest request)
    {
        // No address: not over a network, such as a socket in the file system.
        if (request.HttpContext.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address))
        {
            return $"this request comes from {address}";
        }

        if (request.Headers.Keys.FirstOrDefault(IsOfAProxy) is { } header)
        {
            return $"this request came through a proxy (it has the header {header})";
        }

        // A browser on this machine may be led here by a page from elsewhere whose name was made to mean this machine (DNS rebinding).
        return IsLocal(request.Host.Host) ? null : $"this request asks for the host '{request.Host.Host}'";
    }

    private static bool IsOfAProxy(string header) =>
        s_forwarding.Contains(header, StringComparer.OrdinalIgnoreCase)
        || Array.Exists(s_forwardingPrefixes, prefix => header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static bool IsLocal(string host) =>
        host.Length == 0
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
