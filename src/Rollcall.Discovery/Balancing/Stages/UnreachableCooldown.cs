namespace Rollcall.Discovery.Balancing.Stages;

/// <summary>
/// Decides which endpoints are left out because they refused connections, and until when. Reports are rare (a connection attempt failed), so a
/// lock is fine here; picks never come here, they see lists from which the endpoints are gone. Thread-safe.
/// </summary>
internal sealed class UnreachableCooldown(TimeProvider time)
{
    private readonly Lock _lock = new();

    /// <summary>A connection attempt failed.</summary>
    /// <param name="health">The endpoint's.</param>
    /// <param name="first">How long it is left out after the first refusal. Zero: not at all.</param>
    /// <param name="max">The longest such time.</param>
    /// <returns>False when that changed nothing.</returns>
    public bool Report(EndpointHealth health, TimeSpan first, TimeSpan max)
    {
        if (first == TimeSpan.Zero)
        {
            return false;
        }

        var now = time.GetTimestamp();
        lock (_lock)
        {
            // Many calls that were under way fail together: they count as one refusal.
            if (health.Refusals > 0 && now < health.CoolingUntil)
            {
                return false;
            }

            var growth = Math.Pow(2, Math.Min(health.Refusals, 30));
            health.RefusedAt = now;
            health.CoolingUntil = time.After(now, growth < max / first ? first * growth : max);
            health.Refusals++;
            return true;
        }
    }

    /// <summary>The endpoint answered a call.</summary>
    /// <param name="health">The endpoint's.</param>
    /// <param name="latency">How long ago the call began: one that began before the refusal proves nothing.</param>
    /// <returns>False when that changed nothing.</returns>
    public bool Clear(EndpointHealth health, TimeSpan latency)
    {
        if (health.Refusals == 0)
        {
            return false;
        }

        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (health.Refusals == 0 || now - time.ToTimestamp(latency) < health.RefusedAt)
            {
                return false;
            }

            var wasCooling = now < health.CoolingUntil;
            health.Refusals = 0;
            health.CoolingUntil = 0;
            return wasCooling;
        }
    }
}
