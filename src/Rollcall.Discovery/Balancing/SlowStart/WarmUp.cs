using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Balancing.Stages;

namespace Rollcall.Discovery.Balancing.SlowStart;

/// <summary>Which endpoints of a group warm. The clock is read only by picks that fall on one of them. Immutable.</summary>
internal sealed class WarmUp
{
    private readonly long[] _joinedAt;
    private readonly long _oldest;
    private readonly SlowStartOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;

    private WarmUp(long[] joinedAt, long expiry, ServiceBalancerOptions options, TimeProvider time)
    {
        _joinedAt = joinedAt;
        _oldest = joinedAt.Min();
        Expiry = expiry;
        _options = options.SlowStart;
        _time = time;
        _random = options.Random;
    }

    /// <summary>When the first of them has warmed.</summary>
    public long Expiry { get; }

    /// <returns>Null when none warms.</returns>
    public static WarmUp? Of(EndpointPart part, ServiceBalancerOptions options, TimeProvider time, long now)
    {
        var expiry = long.MaxValue;
        long[]? joinedAt = null;
        for (var i = 0; i < part.Count; i++)
        {
            var joined = part.States[i].Health.JoinedAt;
            var warm = time.After(joined, options.SlowStart.Window);
            if (joined != 0 && now < warm)
            {
                joinedAt ??= new long[part.Count];
                joinedAt[i] = joined;
                expiry = Math.Min(expiry, warm);
            }
        }

        return joinedAt is null ? null : new WarmUp(joinedAt, expiry, options, time);
    }

    /// <summary>The part of its share that an endpoint takes.</summary>
    public static double Factor(EndpointHealth health, SlowStartOptions options, TimeProvider time, long now) =>
        health.JoinedAt == 0 || options.Window == TimeSpan.Zero ? 1 : Factor(now - health.JoinedAt, options, time);

    /// <summary>Whether the endpoint of a choice takes the call. Where all warm, the oldest takes all that it is chosen for.</summary>
    /// <param name="slot">The choice.</param>
    /// <param name="key">
    /// What identifies the call: then it is not left to chance, so that each key moves to the endpoint once, and stays. Null: nothing does.
    /// </param>
    public bool Accepts(int slot, ulong? key)
    {
        var joined = _joinedAt[slot];
        if (joined == 0)
        {
            return true;
        }

        var now = _time.GetTimestamp();
        var most = _oldest == 0 ? 1 : Factor(now - _oldest, _options, _time);

        // Mixed twice: keys that count up would be too regular after once.
        var at = key is { } number ? HashMix.ToFraction(HashMix.Mix(~HashMix.Mix(number))) : _random.NextDouble();
        return at * most < Factor(now - joined, _options, _time);
    }

    private static double Factor(long age, SlowStartOptions options, TimeProvider time)
    {
        var part = age / Math.Max(1.0, time.ToTimestamp(options.Window));
        return part >= 1 ? 1 : Math.Max(options.MinWeightPercent / 100.0, Math.Pow(Math.Max(0, part), 1 / options.Aggression));
    }
}
