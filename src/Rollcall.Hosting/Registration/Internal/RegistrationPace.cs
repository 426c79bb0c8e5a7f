using Rollcall.Consul;

namespace Rollcall.Hosting.Registration;

/// <summary>How long a registration waits: with jitter, so that the instances of a service don't ask in step, and longer after each failure.</summary>
internal sealed class RegistrationPace(TimeProvider time, Random random)
{
    private static readonly TimeSpan s_minBackoff = TimeSpan.FromMilliseconds(100);

    // As for the interval of looks: an agent that was killed and came back empty has the service again within 5 seconds.
    private static readonly TimeSpan s_maxBackoff = TimeSpan.FromSeconds(2);

    // An agent that is overloaded asks for some seconds, and gets no more than these.
    private static readonly TimeSpan s_longestRest = TimeSpan.FromSeconds(5);

    public TimeSpan Jitter(TimeSpan span, double from, double to) => span * (from + ((to - from) * random.NextDouble()));

    /// <summary>As long as an overloaded agent asks for, if that is longer than the backoff.</summary>
    public TimeSpan AfterFailure(int failures, Exception failure)
    {
        var pause = Backoff(failures);
        var asked = (failure as ConsulException)?.RetryAfter ?? TimeSpan.Zero;
        asked = asked < s_longestRest ? asked : s_longestRest;
        return asked > pause ? asked : pause;
    }

    public TimeSpan Backoff(int failures)
    {
        var full = s_minBackoff * Math.Pow(2, Math.Min(failures, 10));
        return Jitter(full < s_maxBackoff ? full : s_maxBackoff, 0.5, 1.0);
    }

    /// <returns>False when the token ended it early.</returns>
    public async Task<bool> PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        await Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !cancellationToken.IsCancellationRequested;
    }
}
