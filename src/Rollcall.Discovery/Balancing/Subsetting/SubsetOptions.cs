using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing.Subsetting;

/// <summary>
/// Lets a caller use a part of a very large service only, so that not every caller has a connection to every instance. Rendezvous hashing
/// (gRFC A68): each caller takes the <see cref="Size"/> endpoints whose hash together with its own <see cref="ClientId"/> is lowest, so one endpoint
/// that comes or goes changes at most one entry of any subset. Of a list from several datacenters, so many of each.
/// </summary>
/// <remarks>
/// How many callers an endpoint has is a matter of chance: with c callers of n endpoints c·k/n on average, with a standard deviation of the square
/// root of that. Make k large enough, 20 or more, that calls are even all the same.
/// </remarks>
public sealed class SubsetOptions
{
    /// <summary>How many endpoints the caller uses at most.</summary>
    /// <value>Default 0: all. From 0.</value>
    public int Size { get; set; }

    /// <summary>What tells this caller from others; the same text always chooses the same endpoints, also after a restart.</summary>
    /// <value>Default null: a random one for each balancer.</value>
    public string? ClientId { get; set; }

    internal SubsetOptions Copy() => (SubsetOptions)MemberwiseClone();

    internal void Check(OptionFaults faults, string path)
    {
        faults.AtLeast(Size, 0, $"{path}.{nameof(Size)}");
        faults.Require(ClientId != "", $"{path}.{nameof(ClientId)} must not be empty; leave it null for a random one");
    }
}
