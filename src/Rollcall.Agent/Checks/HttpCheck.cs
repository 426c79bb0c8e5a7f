using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>One HTTP request: 2xx passes, 429 (too many requests) warns, any other answer or none is critical.</summary>
internal sealed class HttpCheck(CheckTls? tls = null) : IProbe, IDisposable
{
    private const string TimedOut = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";

    private static readonly string[] s_framing = ["Content-Length", "Transfer-Encoding", "Trailer"];

    private readonly HttpMessageInvoker _strict = new(ProbeHandler.Create(skipVerify: false));
    private readonly HttpMessageInvoker _lax = new(ProbeHandler.Create(skipVerify: true));
    private readonly HttpMessageInvoker _strictTls = new(ProbeHandler.CreateTls(skipVerify: false, tls));
    private readonly HttpMessageInvoker _laxTls = new(ProbeHandler.CreateTls(skipVerify: true, tls));

    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        if (HttpUrl.Fault(spec.Target) is { } invalid)
        {
            return new ProbeResult(CheckStatus.Critical, invalid);
        }

        if (!HttpUrl.TryRead(spec.Target, out var uri))
        {
            return Critical(spec, spec.Target, "expected a URL that begins with http:// or https://");
        }

        if (GoHeader.Fault(spec.Header) is { } fault)
        {
            return Critical(spec, spec.Target, fault);
        }

        var (hop, url) = (new HttpHop(uri, MethodOf(spec)), spec.Target);
        while (true)
        {
            if (hop.Uri.Scheme is not ("http" or "https"))
            {
                return Critical(spec, url, $"unsupported protocol scheme \"{hop.Uri.Scheme}\"");
            }

            try
            {
                using var request = CreateRequest(spec, hop);
                var unpacks = AskForGzip(request);
                using var response = await SendAsync(request, spec.TlsSkipVerify, cancellationToken).ConfigureAwait(false);
                var (code, location) = ((int)response.StatusCode, LocationOf(response));
                if (!HttpHop.IsRedirect(code, location))
                {
                    var body = await ReadBodyAsync(response, unpacks, spec.OutputMaxSize, cancellationToken).ConfigureAwait(false);
                    return new ProbeResult(StatusOf(code), $"HTTP {MethodOf(spec)} {spec.Target}: {code} {response.ReasonPhrase} Output: {body}");
                }

                if (location.Length == 0)
                {
                    return Critical(spec, url, $"{code} response missing Location header");
                }

                if (HttpUrl.Fault(location) is { } reason)
                {
                    return Critical(spec, url, $"failed to parse Location header {GoQuoted.Write(location)}: {reason}");
                }

                if (!HttpUrl.TryResolve(hop.Uri, location, out var next))
                {
                    return Critical(spec, url, $"failed to parse Location header {GoQuoted.Write(location)}");
                }

                if (hop.Number == HttpHop.Most)
                {
                    return Critical(spec, location, $"stopped after {HttpHop.Most} redirects");
                }

                (hop, url) = (hop.Follow(code, location, next), next.AbsoluteUri);
            }
            catch (OperationCanceledException) when (hop.Number > 1)
            {
                // TimeoutOutput knows of the first request alone.
                return Critical(spec, url, TimedOut);
            }
            catch (HttpRequestException e)
            {
                return Critical(spec, url, Describe(hop.Uri, e));
            }
            catch (Exception e) when (e is IOException or FormatException or NotSupportedException or InvalidOperationException)
            {
                return Critical(spec, url, e.Message);
            }
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => Critical(spec, spec.Target, TimedOut).Output;

    /// <inheritdoc />
    public void Dispose()
    {
        _strict.Dispose();
        _lax.Dispose();
        _strictTls.Dispose();
        _laxTls.Dispose();
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, bool skipVerify, CancellationToken cancellationToken)
    {
        if (request.RequestUri is { Scheme: "https" } uri && (tls is not null || request.Headers.Host is not null) && HttpUrl.TryRead($"http://{uri.Host}:{uri.Port}{uri.PathAndQuery}", out var named))
        {
            // A port that goes without saying with https is not said.
            request.Headers.Host ??= uri.IsDefaultPort ? uri.Host : null;
            request.RequestUri = named;
            return (skipVerify ? _laxTls : _strictTls).SendAsync(request, cancellationToken);
        }

        return (skipVerify ? _lax : _strict).SendAsync(request, cancellationToken);
    }

    /// <summary>What comes of it in time: as in Consul, the status has decided by now, also over a body that never ends or breaks off.</summary>
    private static async Task<OutputTail> ReadBodyAsync(HttpResponseMessage response, bool unpacks, int maxBytes, CancellationToken cancellationToken)
    {
        var body = new OutputTail(maxBytes);
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using var owned = stream.ConfigureAwait(false);
            if (unpacks && response.Content.Headers.ContentEncoding is { Count: 1 } encodings && encodings.Contains("gzip"))
            {
                var unpacked = new GZipStream(stream, CompressionMode.Decompress);
                await using var ownedToo = unpacked.ConfigureAwait(false);
                await body.ReadAsync(unpacked, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await body.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidDataException)
        {
            // There is no more of it.
        }

        return body;
    }

    private static string StatusOf(int code) => code switch
    {
        >= 200 and <= 299 => CheckStatus.Passing,
        429 => CheckStatus.Warning,
        _ => CheckStatus.Critical,
    };

    private static string LocationOf(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("Location", out var values) ? values.First() : "";

    private static HttpRequestMessage CreateRequest(CheckSpec spec, HttpHop hop)
    {
        var request = new HttpRequestMessage(new HttpMethod(hop.Method), hop.Uri);
        request.Headers.ConnectionClose = true;
        if (hop.SendsBody && spec.Body is { Length: > 0 } body)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        }

        foreach (var (name, all) in spec.Header)
        {
            // Go sends the first one alone.
            var values = string.Equals(name, "User-Agent", StringComparison.OrdinalIgnoreCase) ? all.Take(1) : all;

            // How long the body is, is for who sends it to say.
            if (hop.Takes(name) && !s_framing.Contains(name, StringComparer.OrdinalIgnoreCase) && !request.Headers.TryAddWithoutValidation(name, values))
            {
                // What describes a body (Content-Type and the like) lives on the content.
                request.Content ??= new ByteArrayContent([]);
                request.Content.Headers.TryAddWithoutValidation(name, values);
            }
        }

        if (hop.Referer is { } referer)
        {
            request.Headers.Remove("Referer");
            request.Headers.TryAddWithoutValidation("Referer", referer);
        }

        if (hop.Uri.UserInfo is { Length: > 0 } user && !request.Headers.Contains("Authorization"))
        {
            var credentials = Uri.UnescapeDataString(user.Contains(':', StringComparison.Ordinal) ? user : $"{user}:");
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        }

        if (!request.Headers.Contains("User-Agent"))
        {
            request.Headers.TryAddWithoutValidation("User-Agent", "Consul Health Check");
        }

        if (!request.Headers.Contains("Accept"))
        {
            request.Headers.TryAddWithoutValidation("Accept", "text/plain, text/*, */*");
        }

        return request;
    }

    /// <summary>As Consul's client does unless the check itself says what it takes. What was not asked for is not unpacked.</summary>
    private static bool AskForGzip(HttpRequestMessage request)
    {
        var asks = request.Method != HttpMethod.Head && !request.Headers.Contains("Accept-Encoding") && !request.Headers.Contains("Range");
        if (asks)
        {
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        }

        return asks;
    }

    private static string Describe(Uri uri, HttpRequestException exception) => exception switch
    {
        { InnerException: SocketException socket } => DialError.Describe($"{uri.Host}:{uri.Port}", socket),
        { InnerException: IOException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionReset } } } =>
            $"read tcp {uri.Host}:{uri.Port}: read: connection reset by peer",
        { HttpRequestError: HttpRequestError.ResponseEnded } => "EOF",
        { InnerException: { } inner } => inner.Message,
        _ => exception.Message,
    };

    /// <summary>Go's spelling of a failed request: <c>Get "http://user:***@…"</c>.</summary>
    private static ProbeResult Critical(CheckSpec spec, string url, string why)
    {
        var method = MethodOf(spec);
        return new ProbeResult(CheckStatus.Critical, $"{method[..1]}{method[1..].ToLowerInvariant()} \"{HttpUrl.Redact(url)}\": {why}");
    }

    private static string MethodOf(CheckSpec spec) => spec.Method.Length == 0 ? "GET" : spec.Method;
}
