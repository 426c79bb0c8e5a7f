using Grpc.Core;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Grpc.Client.Credentials;

/// <summary>
/// Call credentials that send a bearer token from a delegate. It is asked at the first call, again before the token ends, and when a service answers
/// Unauthenticated to a token that is older than 30 seconds; calls share the token and wait together for one request. Thread-safe; share one for all
/// channels.
/// </summary>
public sealed class BearerTokenCredentials : CallCredentials
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    private readonly TokenCache _tokens;

    /// <param name="fetch">
    /// Gets a token. One request runs at a time; its cancellation token fires after 30 seconds. What it throws fails the calls that have no
    /// valid token, with Unavailable, or with the status of an <see cref="RpcException"/> (Internal for those that only a service may give, gRFC A54);
    /// while the last token is valid it is only logged.
    /// </param>
    /// <param name="timeProvider">The clock. Null: the system's.</param>
    /// <param name="loggerFactory">Where failed requests are logged; tokens never are. Null: nowhere.</param>
    /// <param name="random">Where jitter comes from; must be thread-safe. Null: <see cref="Random.Shared"/>.</param>
    public BearerTokenCredentials(
        Func<CancellationToken, Task<AccessToken>> fetch,
        TimeProvider? timeProvider = null,
        ILoggerFactory? loggerFactory = null,
        Random? random = null)
    {
        ArgumentNullException.ThrowIfNull(fetch);
        _tokens = new TokenCache(fetch, s_timeout, timeProvider ?? TimeProvider.System, loggerFactory, random ?? Random.Shared);
    }

    /// <inheritdoc/>
    public override void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object? state)
    {
        ArgumentNullException.ThrowIfNull(configurator);
        configurator.SetAsyncAuthInterceptorCredentials(state, _tokens.AuthorizeAsync);
    }
}
