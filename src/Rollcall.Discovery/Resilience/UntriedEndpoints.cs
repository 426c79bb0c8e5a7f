using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Resilience;

/// <summary>Picks for further attempts of a call: never onto an endpoint that the call has tried while another one is left.</summary>
public static class UntriedEndpoints
{
    /// <summary>
    /// Picks an endpoint that the call has not tried. What no server has seen may go there at once, whatever the request does; a failure that a
    /// server may have seen goes there only if a policy allows it (<see cref="RetryState"/>).
    /// </summary>
    /// <param name="balancer">The service's.</param>
    /// <param name="context">With the endpoints that were tried.</param>
    /// <param name="lease">The endpoint, when true is returned.</param>
    /// <returns>False: every endpoint was tried, or there is none.</returns>
    public static bool TryPickUntried(this ServiceBalancer balancer, in PickContext context, out PickLease lease)
    {
        ArgumentNullException.ThrowIfNull(balancer);
        if (!balancer.TryPick(context, out lease))
        {
            return false;
        }

        if (!context.HasTried(lease.Endpoint))
        {
            return true;
        }

        // The policy had no other one.
        lease.Complete(new CallOutcome(CallResult.Cancelled, TimeSpan.Zero));
        lease = default;
        return false;
    }
}
