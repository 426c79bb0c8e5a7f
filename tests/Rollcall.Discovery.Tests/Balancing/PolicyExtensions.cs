using System.Collections.Immutable;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Tests.Balancing;

/// <summary>Pickers in one line; the same chance in each run, unless a test brings its own.</summary>
internal static class PolicyExtensions
{
    public static EndpointPicker Create(
        this IBalancingPolicy policy,
        ImmutableArray<Endpoint> endpoints,
        EndpointPicker? previous = null,
        Random? random = null,
        TimeProvider? time = null) =>
        policy.CreatePicker(new PickerInput(endpoints, previous) { Random = random ?? new ThreadSafeRandom(1), TimeProvider = time ?? TimeProvider.System });

    /// <summary>One call that ends at once.</summary>
    /// <returns>Its slot.</returns>
    public static int Call(this EndpointPicker picker, ulong? key = null, TimeSpan? latency = null, CallResult result = CallResult.Success)
    {
        Assert.True(picker.TryPick(new PickContext { HashKey = key }, out var lease));
        lease.Complete(new CallOutcome(result, latency ?? TimeSpan.FromMilliseconds(1)));
        return lease.Slot;
    }

    /// <summary>One call that goes on.</summary>
    public static PickLease Open(this EndpointPicker picker, ulong? key = null)
    {
        Assert.True(picker.TryPick(new PickContext { HashKey = key }, out var lease));
        return lease;
    }

    public static void Succeed(this PickLease lease, double milliseconds = 1) =>
        lease.Complete(new CallOutcome(CallResult.Success, TimeSpan.FromMilliseconds(milliseconds)));

    /// <summary>How many of so many calls each slot gets; they end at once.</summary>
    public static int[] Count(this EndpointPicker picker, int calls)
    {
        var counts = new int[picker.Endpoints.Length];
        for (var i = 0; i < calls; i++)
        {
            counts[picker.Call()]++;
        }

        return counts;
    }
}
