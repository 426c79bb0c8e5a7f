using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Discovery.Internal;
using Rollcall.Discovery.Selecting;
using Rollcall.Discovery.Selecting.Internal;

namespace Rollcall.Discovery.Balancing.Canary;

/// <summary>
/// Which calls go to a new version on trial: a share of all, and those that ask for it by a header. All other calls go to the other
/// instances. While there is no healthy instance on one side, all calls go to the other. Immutable.
/// </summary>
public sealed record CanaryRule
{
    /// <summary>The instances on trial. Must not be all.</summary>
    public required EndpointSelector Instances { get; init; }

    /// <summary>
    /// The share of the calls that go to them. Calls with a <see cref="PickContext.HashKey"/> are shared out by it, so that a caller always gets the
    /// same side; all others by chance.
    /// </summary>
    /// <value>Default 0, in percent. From 0 to 100.</value>
    public double Percent { get; init; }

    /// <summary>A header of requests (gRPC: metadata) that decides for its call. Null: none does.</summary>
    public string? Header { get; init; }

    /// <summary>
    /// The header's value, in any case, that sends a call to the instances on trial; with another value the share decides. Null: every value
    /// does, but <c>false</c>, <c>0</c> and <c>never</c> keep the call away from them.
    /// </summary>
    public string? HeaderValue { get; init; }

    /// <summary>What a call's header says, for <see cref="PickContext.Canary"/>.</summary>
    /// <param name="headerValue">The value of <see cref="Header"/> in the call; null: it has none.</param>
    /// <returns>Null: nothing, the share decides.</returns>
    public bool? Decide(string? headerValue)
    {
        if (headerValue is null || Header is null)
        {
            return null;
        }

        if (HeaderValue is not null)
        {
            return headerValue.Equals(HeaderValue, StringComparison.OrdinalIgnoreCase) ? true : null;
        }

        return !(headerValue is "0"
            || headerValue.Equals("false", StringComparison.OrdinalIgnoreCase)
            || headerValue.Equals("never", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Which side a call is for; drawn anew each time where neither a header nor a key decides.</summary>
    internal bool IsForTrial(in PickContext context, Random random) =>
        context.Canary ?? Percent switch
        {
            0 => false,
            100 => true,
            _ => (context.HashKey is { } key ? Fraction(key) : random.NextDouble()) < Percent / 100,
        };

    /// <summary>The rule as parameters of a target: <c>canary=5&amp;canary.version=^2</c>.</summary>
    public override string ToString() => new TargetWriter().Add(this).ToString();

    internal void Check(OptionFaults faults, string name)
    {
        faults.Between(Percent, 0, 100, $"{name}.{nameof(Percent)}");
        faults.Require(Instances != EndpointSelector.All, $"{name}.{nameof(Instances)} must not select every instance");
        faults.Require(Header is not "", $"{name}.{nameof(Header)} must not be empty");
        faults.Require(HeaderValue is null || Header is not null, $"{name}.{nameof(HeaderValue)} needs a {nameof(Header)}");
    }

    // By the finalizer of SplitMix64: keys may be small or close to each other. It is not slow start's function: by that one the keys on trial would be
    // just those that a new instance takes first, and it would have all of them at once.
    private static double Fraction(ulong key)
    {
        key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9;
        key = (key ^ (key >> 27)) * 0x94d049bb133111eb;
        return HashMix.ToFraction(key ^ (key >> 31));
    }
}
