using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>What the retry policy has done for one call. Used by the loop of the call only, except for <see cref="Dispose"/>.</summary>
internal sealed class RetryState : IDisposable
{
    private readonly RetrySettings _settings;
    private readonly GrpcChannel _channel;
    private readonly int _bufferSize;
    private readonly bool _fits;
    private int _sincePushback;
    private int _disposed;

    /// <param name="settings">The policy.</param>
    /// <param name="channel">Whose buffer limits and tokens hold.</param>
    /// <param name="bufferSize">Bytes that are kept for another attempt.</param>
    public RetryState(RetrySettings settings, GrpcChannel channel, int bufferSize)
    {
        _settings = settings;
        _channel = channel;
        _bufferSize = bufferSize;
        _fits = channel.TryReserveRetryBuffer(bufferSize);
    }

    /// <summary>Attempts made, without the one that is running.</summary>
    public int Made { get; private set; }

    /// <summary>Decides whether a failed attempt is repeated.</summary>
    /// <param name="code">Its status.</param>
    /// <param name="pushback">What the server says: null nothing, negative no, else milliseconds.</param>
    /// <param name="delay">The wait before the next attempt.</param>
    public bool TryNext(StatusCode code, int? pushback, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        var retryable = _settings.IsRetryable(code);
        if (retryable || pushback < 0)
        {
            _channel.Throttle?.OnFailure();
        }

        if (!retryable || pushback < 0 || !_fits || Made + 1 >= _settings.MaxAttempts || _channel.Throttle is { AllowsRetry: false })
        {
            return false;
        }

        Made++;
        if (pushback is { } wait)
        {
            delay = TimeSpan.FromMilliseconds(wait);
            _sincePushback = 0;
        }
        else
        {
            delay = _settings.Backoff(_sincePushback++, _channel.Random);
        }

        return true;
    }

    public void Dispose()
    {
        if (_fits && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _channel.ReleaseRetryBuffer(_bufferSize);
        }
    }
}
