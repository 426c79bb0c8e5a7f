namespace Rollcall.Discovery.Balancing;

/// <summary>
/// A way to spread calls, chosen by its name. Stateless and thread-safe; state lives in the pickers it makes. For one of your own, implement it
/// with an <see cref="EndpointPicker"/>, and give it a name by <see cref="BalancingPolicies.Register"/>.
/// </summary>
public interface IBalancingPolicy
{
    /// <summary>The name in configuration, in gRPC's spelling: <c>round_robin</c>.</summary>
    string Name { get; }

    /// <summary>
    /// What identifies a call to this policy, if it has a say in that; goes before what the client was told. Null: it has not.
    /// </summary>
    HashKeySource? HashKey => null;

    /// <summary>
    /// Whether its pickers go by <see cref="PickContext.HashKey"/>: then a key stays with one locality as well, while the shares of localities stay, and moves to an
    /// instance in slow start once. A policy of your own that goes by keys says so. Default: whether it has a <see cref="HashKey"/>.
    /// </summary>
    bool UsesHashKey => HashKey is not null;

    /// <summary>
    /// How long a connection to an endpoint may take before the next endpoints compete with it, by the clients that make the connections themselves:
    /// for policies that send every call to the same one, which would all wait. Null: for as long as the client's connect timeout lets it.
    /// </summary>
    TimeSpan? ConnectionAttemptDelay => null;

    /// <summary>Makes the picker for a list. May be called by several threads at once, of whose pickers one is used.</summary>
    EndpointPicker CreatePicker(PickerInput input);
}
