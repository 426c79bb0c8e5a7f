namespace Rollcall.Discovery.Consul;

/// <summary>How prepared queries are run.</summary>
public sealed class PreparedQuerySourceOptions
{
    /// <summary>The time from one run to the next. A query can't be waited on: it may ask other datacenters each time.</summary>
    /// <value>Default 5 seconds. From 100 milliseconds to 1 hour.</value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    internal void Validate()
    {
        if (Interval < TimeSpan.FromMilliseconds(100) || Interval > TimeSpan.FromHours(1))
        {
            throw new ArgumentException($"{nameof(Interval)} is out of its range: set it from 100 milliseconds to 1 hour.", nameof(Interval));
        }
    }
}
