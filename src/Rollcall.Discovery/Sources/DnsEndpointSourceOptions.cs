using System.Net;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Sources;

/// <summary>How DNS is asked for instances. Read once.</summary>
public sealed class DnsEndpointSourceOptions
{
    /// <summary>The servers, asked in this order until one answers.</summary>
    /// <value>Default empty: those of the system, <c>/etc/resolv.conf</c> where there is one. They are read anew at each start of a watch.</value>
    public IList<IPEndPoint> Servers { get; } = [];

    /// <summary>Put behind names without a dot: with <c>service.consul</c>, <c>orders</c> is asked for as <c>orders.service.consul</c>.</summary>
    /// <value>Default null: names are asked for as they are.</value>
    public string? Domain { get; set; }

    /// <summary>The port of all instances, for names that have addresses only.</summary>
    /// <value>Default null: host, port and weight come from SRV records. From 1 to 65535.</value>
    public int? Port { get; set; }

    /// <summary>How long a server is waited for.</summary>
    /// <value>Default 2 seconds. From 10 milliseconds to 1 minute.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The shortest time from one question to the next, whatever the records' time to live.</summary>
    /// <value>Default 5 seconds: Consul's records live for 0. From 10 milliseconds.</value>
    public TimeSpan MinRefresh { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest time from one question to the next.</summary>
    /// <value>Default 1 minute. From <see cref="MinRefresh"/> to 1 day.</value>
    public TimeSpan MaxRefresh { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The only name that is asked for; it or its first label is what queries call it. Null: any.</summary>
    internal string? OnlyName { get; init; }

    /// <summary>What is wrong with these options, one sentence for each fault; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var shortest = TimeSpan.FromMilliseconds(10);
        var faults = new OptionFaults();
        faults.Require(
            Port is null or (>= 1 and <= ushort.MaxValue), $"{nameof(Port)} must be from 1 to 65535, or null for SRV records, and is {Port}");
        faults.Between(Timeout, shortest, TimeSpan.FromMinutes(1), nameof(Timeout));
        faults.AtLeast(MinRefresh, shortest, nameof(MinRefresh));
        faults.Between(MaxRefresh, MinRefresh, TimeSpan.FromDays(1), nameof(MaxRefresh));
        return faults.All;
    }
}
