namespace Rollcall.Discovery;

/// <summary>Why no instance could be picked.</summary>
public enum NoEndpointReason
{
    /// <summary>The source said so: none is registered, or none passes its checks, or none matches the query.</summary>
    NoInstance,

    /// <summary>The source can't be reached and has not given a list yet.</summary>
    SourceUnreachable,

    /// <summary>Every instance has as many calls in flight as it may have (<see cref="Balancing.ServiceBalancerOptions.MaxInFlight"/>, <see cref="Balancing.ServiceBalancerOptions.AdaptiveLimit"/>).</summary>
    AllFull,

    /// <summary>There are instances, but the policy chose none of them. The built-in ones always choose one.</summary>
    PolicyChoseNone,
}
