using System.Collections.Immutable;

namespace Rollcall.Discovery.Balancing;

/// <summary>A way to spread calls, chosen by its name. Stateless and thread-safe; state lives in the pickers it makes.</summary>
public interface IBalancingPolicy
{
    /// <summary>The name in configuration, in gRPC's spelling: <c>round_robin</c>.</summary>
    string Name { get; }

    /// <summary>Makes the picker for a list.</summary>
    /// <param name="endpoints">The endpoints, in a stable order; may be empty.</param>
    /// <param name="previous">The picker that the new one replaces, whose state it may carry on; null for the first.</param>
    EndpointPicker CreatePicker(ImmutableArray<Endpoint> endpoints, EndpointPicker? previous);
}
