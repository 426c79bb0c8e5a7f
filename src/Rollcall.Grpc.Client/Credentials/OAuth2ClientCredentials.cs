using Grpc.Core;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Grpc.Client.Credentials;

/// <summary>
/// Call credentials that get their tokens by OAuth 2.0's client credentials (RFC 6749 4.4): at the first call, again before a token ends, and when a
/// service answers Unauthenticated to a token that is older than 30 seconds (it may have been revoked). Calls share the token and
/// wait together for one request. A call without a valid token fails: with Unauthenticated when the server refuses to give one, with Unavailable
/// when it can't be asked. Thread-safe; share one for all channels, and dispose it after them.
/// </summary>
public sealed class OAuth2ClientCredentials : CallCredentials, IDisposable
{
    private readonly OAuth2TokenClient _client;
    private readonly TokenCache _tokens;

    /// <param name="options">Read once.</param>
    /// <exception cref="ArgumentException">An option is missing or wrong; the message says which.</exception>
    public OAuth2ClientCredentials(OAuth2ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _client = new OAuth2TokenClient(options);
        _tokens = new TokenCache(_client.FetchAsync, options.Timeout, options.TimeProvider, options.LoggerFactory, options.Random);
    }

    /// <summary>Ends the request that may be running; calls that need a new token fail from now on.</summary>
    public void Dispose() => _client.Dispose();

    /// <inheritdoc/>
    public override void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object? state)
    {
        ArgumentNullException.ThrowIfNull(configurator);
        configurator.SetAsyncAuthInterceptorCredentials(state, _tokens.AuthorizeAsync);
    }
}
