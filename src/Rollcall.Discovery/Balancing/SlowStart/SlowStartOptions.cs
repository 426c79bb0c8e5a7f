using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing.SlowStart;

/// <summary>
/// Lets an endpoint that comes into the list begin with a part of its share, because caches are cold and code is not compiled yet: after time t it takes
/// max(<see cref="MinWeightPercent"/>, (t / <see cref="Window"/>)^(1 / <see cref="Aggression"/>)) of it, as in Envoy. Works with every policy: a pick
/// that falls on a warming endpoint is made again with the rest of the probability. Endpoints of the first list have run before the caller came, and take
/// their whole share; where all warm alike nothing changes.
/// </summary>
public sealed class SlowStartOptions
{
    /// <summary>How long an endpoint warms.</summary>
    /// <value>Default zero: not at all.</value>
    public TimeSpan Window { get; set; }

    /// <summary>How the share grows: 1 evenly, above 1 faster at first, below 1 slower at first.</summary>
    /// <value>Default 1. From 0.01 to 100.</value>
    public double Aggression { get; set; } = 1;

    /// <summary>The smallest part of the share, in percent, so that the endpoint gets calls to warm by.</summary>
    /// <value>Default 10. From 1 to 100.</value>
    public int MinWeightPercent { get; set; } = 10;

    internal SlowStartOptions Copy() => (SlowStartOptions)MemberwiseClone();

    internal void Check(OptionFaults faults, string path)
    {
        faults.AtLeast(Window, TimeSpan.Zero, $"{path}.{nameof(Window)}");
        faults.Between(Aggression, 0.01, 100, $"{path}.{nameof(Aggression)}");
        faults.Between(MinWeightPercent, 1, 100, $"{path}.{nameof(MinWeightPercent)}");
    }
}
