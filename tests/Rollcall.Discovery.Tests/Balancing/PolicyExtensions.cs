using System.Collections.Immutable;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>Pickers in one line.</summary>
internal static class PolicyExtensions
{
    public static EndpointPicker Create(
        this IBalancingPolicy policy,
        ImmutableArray<Endpoint> endpoints,
        EndpointPicker? previous = null,
        Random? random = null,
        TimeProvider? time = null) =>
        policy.CreatePicker(new PickerInput(endpoints, previous) { Random = random ?? Random.Shared, TimeProvider = time ?? TimeProvider.System });
}
