using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>One HTTP request: 2xx passes, 429 (too many requests) warns, any other answer or none is critical.</summary>
internal sealed class HttpCheck : IProbe, IDisposable
{
    private static readonly string[] s_framing = ["Content-Length", "Transfer-Encoding", "Trailer"];

    private readonly HttpMessageInvoker _strict = new(ProbeHandler.Create(skipVerify: false, maxRedirects: 10));
    private readonly HttpMessageInvoker _lax = new(ProbeHandler.Create(skipVerify: true, maxRedirects: 10));

    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(spec.Target, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            return Critical(spec, "expected a URL that begins with http:// or https://");
        }

        if (GoHeader.Fault(spec.Header) is { } fault)
        {
            return Critical(spec, fault);
        }

        try
        {
            using var request = CreateRequest(spec, uri);
            var unpacks = AskForGzip(request);
            using var response = await (spec.TlsSkipVerify ? _lax : _strict).SendAsync(request, cancellationToken).ConfigureAwait(false);
            var body = await ReadBodyAsync(response, unpacks, spec.OutputMaxSize, cancellationToken).ConfigureAwait(false);
            var code = (int)response.StatusCode;
            var status = code switch
            {
                >= 200 and <= 299 => CheckStatus.Passing,
                429 => CheckStatus.Warning,
                _ => CheckStatus.Critical,
            };
            return new ProbeResult(status, $"HTTP {MethodOf(spec)} {spec.Target}: {code} {response.ReasonPhrase} Output: {body}");
        }
        catch (HttpRequestException e)
        {
            return Critical(spec, Describe(uri, e));
        }
        catch (Exception e) when (e is IOException or FormatException or NotSupportedException or InvalidOperationException)
        {
            return Critical(spec, e.Message);
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) =>
        Critical(spec, "context deadline exceeded (Client.Timeout exceeded while awaiting headers)").Output;

    /// <inheritdoc />
    public void Dispose()
    {
        _strict.Dispose();
        _lax.Dispose();
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

    private static HttpRequestMessage CreateRequest(CheckSpec spec, Uri uri)
    {
        var request = new HttpRequestMessage(new HttpMethod(MethodOf(spec)), uri);
        request.Headers.ConnectionClose = true;
        if (spec.Body is { Length: > 0 } body)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        }

        foreach (var (name, values) in spec.Header)
        {
            // How long the body is, is for who sends it to say.
            if (!s_framing.Contains(name, StringComparer.OrdinalIgnoreCase) && !request.Headers.TryAddWithoutValidation(name, values))
            {
                // What describes a body (Content-Type and the like) lives on the content.
                request.Content ??= new ByteArrayContent([]);
                request.Content.Headers.TryAddWithoutValidation(name, values);
            }
        }

        if (uri.UserInfo is { Length: > 0 } user && !request.Headers.Contains("Authorization"))
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
    private static ProbeResult Critical(CheckSpec spec, string why)
    {
        var method = MethodOf(spec);
        var target = Uri.TryCreate(spec.Target, UriKind.Absolute, out var uri) && uri.UserInfo.Split(':', 2) is [var user, _]
            ? spec.Target.Replace($"{uri.UserInfo}@", $"{user}:***@", StringComparison.Ordinal)
            : spec.Target;
        return new ProbeResult(CheckStatus.Critical, $"{method[..1]}{method[1..].ToLowerInvariant()} \"{target}\": {why}");
    }

    private static string MethodOf(CheckSpec spec) => spec.Method.Length == 0 ? "GET" : spec.Method;
}
