using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Rollcall.Grpc.Client.Credentials;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Asks a token endpoint for tokens by RFC 6749 4.4. Its texts never hold the secret or a token.</summary>
internal sealed class OAuth2TokenClient : IDisposable
{
    private const int MaxAnswerBytes = 256 * 1024;
    private const int MaxShownCharacters = 200;

    private readonly Uri _endpoint;
    private readonly AuthenticationHeaderValue _authorization;

    // Every form in which the secret is known here or travels.
    private readonly string[] _secrets;
    private readonly KeyValuePair<string, string>[] _form;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    public OAuth2TokenClient(OAuth2ClientOptions options)
    {
        _endpoint = options.TokenEndpoint!;
        _time = options.TimeProvider;

        // RFC 6749 2.3.1: both parts are form-encoded first.
        var secret = WebUtility.UrlEncode(options.ClientSecret);
        var pair = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{WebUtility.UrlEncode(options.ClientId)}:{secret}"));
        _authorization = new AuthenticationHeaderValue("Basic", pair);
        _secrets = [pair, secret, options.ClientSecret];
        KeyValuePair<string, string> grant = new("grant_type", "client_credentials");
        _form = options.Scopes.Count == 0 ? [grant] : [grant, new("scope", string.Join(' ', options.Scopes))];
        _http = options.HttpHandler is { } given
            ? new HttpClient(given, disposeHandler: false)
            : new HttpClient(new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,

                // Without TLS a proxy would read the secret.
                UseProxy = _endpoint.Scheme == Uri.UriSchemeHttps,
            });
        _http.MaxResponseContentBufferSize = MaxAnswerBytes;
        _http.Timeout = Timeout.InfiniteTimeSpan;
    }

    /// <exception cref="RpcException">Unauthenticated: the server gives none; Unavailable: it can't be asked now.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<AccessToken> FetchAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, _endpoint) { Content = new FormUrlEncodedContent(_form) };
        request.Headers.Authorization = _authorization;
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.OK ? ReadToken(body, started) : throw ReadRefusal(response.StatusCode, body);
        }
        catch (Exception e) when (e is HttpRequestException or ObjectDisposedException or OperationCanceledException { InnerException: TimeoutException })
        {
            throw Failure(StatusCode.Unavailable, TransportError.Describe(e));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(StatusCode.Unavailable, "the credentials were disposed");
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>RFC 6749 5.1.</summary>
    private AccessToken ReadToken(byte[] body, DateTimeOffset started)
    {
        if (!TryParse(body, out var answer))
        {
            throw Failure(StatusCode.Unauthenticated, "the answer is not a JSON object");
        }

        if (GetText(answer, "token_type") is { } type && !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            throw Failure(StatusCode.Unauthenticated, $"the token is of the type '{Shown(type)}', and only Bearer can be sent");
        }

        return GetText(answer, "access_token") is { Length: > 0 } token && AccessToken.IsToken(token)
            ? new AccessToken(token, ReadLifetime(answer) is { } lifetime ? started + lifetime : null)
            : throw Failure(StatusCode.Unauthenticated, "the answer has no usable access_token");
    }

    /// <summary>RFC 6749 5.2, and whatever else an endpoint may say.</summary>
    private RpcException ReadRefusal(HttpStatusCode status, byte[] body)
    {
        var code = (int)status is 408 or 429 or >= 500 ? StatusCode.Unavailable : StatusCode.Unauthenticated;
        var reason = string.Create(CultureInfo.InvariantCulture, $"HTTP status {(int)status}");
        if (TryParse(body, out var answer) && GetText(answer, "error") is { } error)
        {
            reason += $", {Shown(error)}";
            reason += GetText(answer, "error_description") is { Length: > 0 } description ? $": {Shown(description)}" : "";
        }

        return Failure(code, reason);
    }

    private static TimeSpan? ReadLifetime(JsonElement answer)
    {
        // Seconds; some servers send them as text.
        if (!answer.TryGetProperty("expires_in", out var value))
        {
            return null;
        }

        var known = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDouble(out var number) ? number : double.NaN,
            JsonValueKind.String => double.TryParse(GetText(answer, "expires_in"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : double.NaN,
            _ => double.NaN,
        };
        return double.IsNaN(known) ? null : TimeSpan.FromSeconds(Math.Clamp(known, 0, TimeSpan.FromDays(36_500).TotalSeconds));
    }

    private static bool TryParse(byte[] body, out JsonElement answer)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            answer = document.RootElement.Clone();
            return answer.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            answer = default;
            return false;
        }
    }

    private static string? GetText(JsonElement answer, string name)
    {
        try
        {
            return answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Bytes that are not UTF-8, or half of a character; parsing does not look into texts.
            return null;
        }
    }

    /// <summary>What the server said, cut, on one line, and without the secret that it may repeat.</summary>
    private string Shown(string text)
    {
        var shown = _secrets.Aggregate(text, static (t, secret) => t.Replace(secret, "…", StringComparison.Ordinal));
        shown = shown.Length > MaxShownCharacters ? shown[..MaxShownCharacters] + "…" : shown;
        return string.Concat(shown.Select(static c => char.IsControl(c) ? ' ' : c));
    }

    private RpcException Failure(StatusCode code, string reason) =>
        new(new Status(code, $"There is no access token from {_endpoint.GetLeftPart(UriPartial.Path)}: {reason.TrimEnd('.')}."));
}
