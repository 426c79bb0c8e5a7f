namespace Rollcall.Discovery.Balancing.Limits;

/// <summary>How many calls an endpoint may have in flight, by a balancer's options.</summary>
/// <param name="Max">For every endpoint; 0: as many as come.</param>
/// <param name="IsAdaptive">Whether each has a limit of its own, too, which follows its latency.</param>
internal readonly record struct CallLimit(int Max, bool IsAdaptive)
{
    /// <summary>As many as come.</summary>
    public bool IsNone => Max == 0 && !IsAdaptive;

    public static CallLimit Of(ServiceBalancerOptions options) => new(options.MaxInFlight, options.AdaptiveLimit is not null);

    /// <summary>For one endpoint, at this moment. Only where there is a limit.</summary>
    public int For(EndpointState state)
    {
        var max = Max == 0 ? int.MaxValue : Max;
        return IsAdaptive && state.AdaptiveLimit is { } limit ? Math.Min(max, limit.Current) : max;
    }

    /// <summary>Whether an endpoint has as many calls as it may have.</summary>
    public bool IsFull(EndpointState state) => !IsNone && state.InFlight >= For(state);
}
