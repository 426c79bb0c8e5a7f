using Microsoft.Extensions.Logging;

namespace Rollcall.Grpc.Client.Credentials;

/// <summary>Settings of <see cref="OAuth2ClientCredentials"/>. Read once, at construction.</summary>
public sealed class OAuth2ClientOptions
{
    /// <summary>Where tokens are asked for.</summary>
    /// <value>Required. <c>https</c>; <c>http</c> only on this machine (loopback), because the secret travels there.</value>
    public Uri? TokenEndpoint { get; set; }

    /// <summary>The client's name.</summary>
    /// <value>Required.</value>
    public string ClientId { get; set; } = "";

    /// <summary>The client's secret; sent by HTTP Basic (RFC 6749 2.3.1), never logged.</summary>
    /// <value>Required.</value>
    public string ClientSecret { get; set; } = "";

    /// <summary>What the token is to allow.</summary>
    /// <value>Default empty: what the server gives to this client.</value>
    public IList<string> Scopes { get; } = [];

    /// <summary>Longest time of one request for a token.</summary>
    /// <value>Default 10 seconds. More than zero, at most an hour.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Sends the requests; stays the caller's. Null: a handler of its own, which follows no redirects and asks an <c>http</c> address through no proxy.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Where failed requests are logged. Null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The clock of expiry and timeouts.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where jitter comes from; must be thread-safe.</summary>
    public Random Random { get; set; } = Random.Shared;

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(Random);
        Require(
            TokenEndpoint is { IsAbsoluteUri: true } uri && uri.UserInfo.Length == 0 && IsConfidential(uri),
            nameof(TokenEndpoint), "an https address, such as https://auth.example.com/oauth2/token");
        Require(!string.IsNullOrEmpty(ClientId), nameof(ClientId), "set");
        Require(!string.IsNullOrEmpty(ClientSecret), nameof(ClientSecret), "set");
        Require(
            Scopes.All(static s => !string.IsNullOrEmpty(s) && !s.AsSpan().ContainsAny(' ', '"', '\\')),
            nameof(Scopes), "words without spaces, quotes and backslashes, one entry each");
        Require(Timeout > TimeSpan.Zero && Timeout <= TimeSpan.FromHours(1), nameof(Timeout), "more than zero and at most an hour");
    }

    private static bool IsConfidential(Uri uri) => uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback);

    private static void Require(bool condition, string name, string expected)
    {
        if (!condition)
        {
            throw new ArgumentException($"OAuth2ClientOptions.{name} must be {expected}.");
        }
    }
}
