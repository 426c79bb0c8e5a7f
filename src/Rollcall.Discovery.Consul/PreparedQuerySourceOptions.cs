namespace Rollcall.Discovery.Consul;

/// <summary>How prepared queries are run.</summary>
public sealed class PreparedQuerySourceOptions
{
    /// <summary>The time from one run to the next. A query can't be waited on: it may ask other datacenters each time.</summary>
    /// <value>Default 5 seconds. From 100 milliseconds to 1 hour.</value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What is wrong with these options, one sentence for each fault; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var (min, max) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        return Interval >= min && Interval <= max ? [] : [$"{nameof(Interval)} must be from {min} to {max}, and is {Interval}"];
    }
}
