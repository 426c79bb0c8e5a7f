using Grpc.Core;
using Microsoft.Extensions.Logging;
using Rollcall.Grpc.Client.Credentials;
using Rollcall.Logs;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>
/// The token that all calls share. A request for a new one is started by the call that finds the old one due; one at a time, and calls wait
/// for it only when the old one is no longer valid. Thread-safe.
/// </summary>
internal sealed partial class TokenCache
{
    private static readonly TimeSpan s_unknownLifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_longestLead = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_longestMargin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_leastAge = TimeSpan.FromSeconds(30);

    private readonly Func<CancellationToken, Task<AccessToken>> _fetch;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private volatile Entry? _entry;

    // Guarded by _lock.
    private Task<Entry>? _fetching;
    private RpcException? _failure;
    private long _failedAt;
    private TimeSpan _pause;
    private int _failures;

    public TokenCache(
        Func<CancellationToken, Task<AccessToken>> fetch, TimeSpan timeout, TimeProvider time, ILoggerFactory? loggers, Random random)
    {
        _fetch = fetch;
        _timeout = timeout;
        _time = time;
        _random = random;
        _logger = new SteadyLoggerFactory(loggers).CreateLogger("Rollcall.Grpc.Client.Credentials");
    }

    /// <summary>Adds the token to the metadata of a call.</summary>
    /// <exception cref="RpcException">There is no valid token; the status says why.</exception>
    public async Task AuthorizeAsync(AuthInterceptorContext context, Metadata metadata)
    {
        var entry = _entry;
        if (entry is null || _time.GetUtcNow() >= entry.RefreshAt)
        {
            entry = await RefreshAsync(context.CancellationToken).ConfigureAwait(false);
        }

        metadata.Add("authorization", entry.Header);
    }

    /// <summary>
    /// A service did not accept a call that had a token: it may have been revoked, or this machine's clock was set back. Asks for the next one, and calls
    /// go on with this one until it is there. A service that refuses for another reason causes few requests, because a young token is left alone.
    /// </summary>
    public void OnRefused()
    {
        lock (_lock)
        {
            if (_entry is { } entry && _time.GetElapsedTime(entry.FetchedAt) >= s_leastAge)
            {
                FetchLocked();
            }
        }
    }

    private Task<Entry> RefreshAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var entry = _entry;
            if (entry is not null && now < entry.RefreshAt)
            {
                return Task.FromResult(entry);
            }

            FetchLocked();
            if (entry is not null && now < entry.ValidUntil)
            {
                return Task.FromResult(entry);
            }

            return _fetching?.WaitAsync(cancellationToken) ?? Task.FromException<Entry>(new RpcException(_failure!.Status));
        }
    }

    private void FetchLocked()
    {
        if (_fetching is not null || (_failures > 0 && _time.GetElapsedTime(_failedAt) < _pause))
        {
            return;
        }

        // It belongs to no call: neither its cancellation nor its context reach the request.
        using (ExecutionContext.SuppressFlow())
        {
            _fetching = Task.Run(FetchAsync, CancellationToken.None);
        }

        FaultObserver.Observe(_fetching);
    }

    private async Task<Entry> FetchAsync()
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        try
        {
            // Counted from before the request: the server did so when it was under way.
            var started = _time.GetUtcNow();
            var fetching = _fetch(timeout.Token);
            FaultObserver.Observe(fetching);
            var token = await fetching.WaitAsync(timeout.Token).ConfigureAwait(false);
            var entry = Read(token, started);
            lock (_lock)
            {
                _entry = entry;
                _fetching = null;
                _failures = 0;
            }

            Log.TokenFetched(_logger, entry.ValidUntil);
            return entry;
        }
        catch (Exception e)
        {
            var failure = Describe(e, timeout.IsCancellationRequested);
            OnFailed(failure);
            throw failure;
        }
    }

    private void OnFailed(RpcException failure)
    {
        TimeSpan pause;
        DateTimeOffset? validUntil;
        lock (_lock)
        {
            pause = s_firstPause * Math.Min(Math.Pow(2, _failures++), s_longestPause / s_firstPause) * Jitter();
            validUntil = _entry?.ValidUntil;
            _pause = pause;
            _failedAt = _time.GetTimestamp();
            _failure = failure;
            _fetching = null;
        }

        if (validUntil > _time.GetUtcNow())
        {
            Log.RefreshFailed(_logger, validUntil.Value, pause, PeerText.Shorten(failure.Status.Detail));
        }
        else
        {
            Log.NoToken(_logger, pause, PeerText.Shorten(failure.Status.Detail));
        }
    }

    private Entry Read(AccessToken token, DateTimeOffset started)
    {
        if (token.Value is null)
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, "There is no access token: nothing was given."));
        }

        var end = token.ExpiresAt ?? started + s_unknownLifetime;
        var lifetime = end - started;
        if (lifetime <= TimeSpan.Zero)
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, $"There is no access token: the one that was given ended at {end:u} already."));
        }

        // Clients that started together do not refresh together; and a token must not end on its way to the server.
        var lead = Min(lifetime * 0.2, s_longestLead) * Jitter();
        return new Entry($"Bearer {token.Value}", end - lead, end - Min(lifetime * 0.05, s_longestMargin), _time.GetTimestamp());
    }

    private RpcException Describe(Exception error, bool timedOut) => error switch
    {
        RpcException rpc => rpc,
        OperationCanceledException when timedOut => new RpcException(new Status(
            StatusCode.Unavailable, $"There is no access token: no answer within {_timeout.TotalSeconds:0.###} s.")),
        _ => new RpcException(new Status(StatusCode.Unavailable, $"There is no access token: {error.Message}", error)),
    };

    private double Jitter() => 0.8 + (0.4 * _random.NextDouble());

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>A token and how long it is used. No record: its text would show the token.</summary>
    private sealed class Entry(string header, DateTimeOffset refreshAt, DateTimeOffset validUntil, long fetchedAt)
    {
        public string Header => header;

        public DateTimeOffset RefreshAt => refreshAt;

        public DateTimeOffset ValidUntil => validUntil;

        /// <summary>A timestamp.</summary>
        public long FetchedAt => fetchedAt;
    }
}
