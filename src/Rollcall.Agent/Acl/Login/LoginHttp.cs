using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Acl.Login;

/// <summary>Asks others about those who log in: for 30 seconds at most, without a proxy, and for no more than 1 MiB.</summary>
internal static class LoginHttp
{
    private const int MaxAnswerBytes = 1 << 20;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    /// <param name="authorityPem">Who vouches for the other side; empty: whom the system trusts.</param>
    public static HttpClient Client(string authorityPem)
    {
        var tls = new SslClientAuthenticationOptions();
        if (authorityPem.Length > 0)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(authorityPem);
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, SslOptions = tls };
        return new HttpClient(handler) { Timeout = s_timeout, MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    /// <summary>The answer, whatever its status.</summary>
    /// <param name="http">One of <see cref="Client"/>.</param>
    /// <param name="request">The question.</param>
    /// <param name="prefix">What a fault begins with.</param>
    /// <param name="cancellation">Of him who asked to log in.</param>
    /// <exception cref="LoginException">There is none.</exception>
    public static async Task<(HttpResponseMessage Response, byte[] Body)> SendAsync(HttpClient http, HttpRequestMessage request, string prefix, CancellationToken cancellation)
    {
        try
        {
            var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
            return (response, await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new LoginException($"{prefix}{(request.Method == HttpMethod.Post ? "Post" : "Get")} \"{request.RequestUri}\": {failure.Message}");
        }
    }

    /// <summary>A JSON document, in the words of the library that Consul reads it with.</summary>
    /// <param name="http">One of <see cref="Client"/>.</param>
    /// <param name="url">Where it is.</param>
    /// <param name="failed">What a fault of the other side begins with.</param>
    /// <param name="unreadable">What a fault in the document begins with.</param>
    /// <param name="cancellation">Of him who asked to log in.</param>
    /// <exception cref="LoginException">It can't be had.</exception>
    public static async Task<GoValue> GetAsync(HttpClient http, string url, string failed, string unreadable, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new LoginException($"{failed} Get \"{url}\": unsupported protocol scheme; write http:// or https://");
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        var (response, body) = await SendAsync(http, request, $"{failed} ", cancellation).ConfigureAwait(false);
        using (response)
        {
            if (!response.IsSuccessStatusCode)
            {
                throw new LoginException(string.Create(CultureInfo.InvariantCulture, $"{failed}: {(int)response.StatusCode} {response.ReasonPhrase}"));
            }

            return GoJsonParser.Parse(body, out var fault)
                ?? throw new LoginException($"{unreadable}: got Content-Type = {response.Content.Headers.ContentType}, but could not unmarshal as JSON: {fault}");
        }
    }
}
