using Grpc.Core;
using Rollcall.Discovery.Resilience;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>What the retry policy has done for one call, and the bytes that are kept for it. Used by the loop of the call only, except for <see cref="Dispose"/>.</summary>
internal sealed class CallRetry : IDisposable
{
    private readonly RetrySettings _settings;
    private readonly RetryState _state;
    private readonly GrpcChannel _channel;
    private readonly int _bufferSize;
    private readonly bool _fits;
    private int _disposed;

    /// <param name="settings">The policy.</param>
    /// <param name="throttle">The bucket of the channel; null: none.</param>
    /// <param name="channel">Whose buffer limits hold.</param>
    /// <param name="bufferSize">Bytes that are kept for another attempt.</param>
    public CallRetry(RetrySettings settings, RetryThrottle? throttle, GrpcChannel channel, int bufferSize)
    {
        _settings = settings;
        _channel = channel;
        _bufferSize = bufferSize;
        _fits = channel.TryReserveRetryBuffer(bufferSize);

        // What can't be kept is not sent again; its failures still count.
        _state = new RetryState(_fits ? settings : settings.Cap(1), throttle, channel.Random);
    }

    /// <summary>Attempts made, without the one that is running.</summary>
    public int Made => _state.Made;

    /// <inheritdoc cref="RetryState.TryNext"/>
    public bool TryNext(StatusCode status, TimeSpan? pushback, TimeSpan remaining, out TimeSpan delay) =>
        _state.TryNext(_settings.Retryable.Contains((CallStatus)status), pushback, remaining, out delay);

    public void Dispose()
    {
        if (_fits && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _channel.ReleaseRetryBuffer(_bufferSize);
        }
    }
}
