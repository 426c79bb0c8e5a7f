using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery;
using Rollcall.Discovery.Consul;

namespace Rollcall.Cli.Commands.Explain;

/// <summary>Asks the registry everything that bears on a service. What can't be read is left open: the rest is still worth showing.</summary>
internal sealed class RegistryReader(ConsulClient client, TimeProvider time)
{
    /// <summary>How often both lists are read until nothing changed between them.</summary>
    private const int MaxReads = 3;

    public async Task<RegistryView> ReadAsync(ServiceQuery query, bool hasToken, CancellationToken cancellationToken)
    {
        var leader = HasLeaderAsync(cancellationToken);
        var rules = AccessHint.AreRulesInForceAsync(client, cancellationToken);
        var view = new RegistryView
        {
            Source = client.ToString(),
            Query = query,
            HasToken = hasToken,
            TokenOrigin = client.TokenOrigin,
            HasLeader = await leader,
            AreRulesInForce = await rules,
        };
        try
        {
            return await LookUpAsync(view, cancellationToken);
        }
        catch (ConsulException failure)
        {
            return view with { Failure = failure };
        }
    }

    private async Task<RegistryView> LookUpAsync(RegistryView view, CancellationToken cancellationToken)
    {
        var query = view.Query;
        var reading = new ConsulQuery { Datacenter = query.Datacenter, Consistency = ConsulConsistency.Stale };
        var source = new ConsulEndpointSource(client, timeProvider: time);
        ConsulResponse<IReadOnlyList<HealthServiceEntry>> all;
        EndpointUpdate listed;
        var reads = 0;
        do
        {
            all = await client.Health.ServiceAsync(
                query.Name, new InstanceQuery { Datacenter = reading.Datacenter, Consistency = reading.Consistency }, cancellationToken);

            // Not all there is, sorted out here: what the source of a channel makes of the same query.
            listed = await source.WatchAsync(query, cancellationToken).FirstAsync(cancellationToken);
        }
        while (listed.Index != all.Index && ++reads < MaxReads);

        return view with
        {
            HasLeader = view.HasLeader is not false && all.KnownLeader,
            LastContact = all.LastContact ?? TimeSpan.Zero,
            IsFiltered = all.ResultsFiltered,
            Registered = all.Value,
            Offered = listed.Endpoints,
            OutputOf = await CheckOutputs.ReadAsync(client, all.Value, cancellationToken),
            Services = all.Value.Count == 0 ? [.. (await client.Catalog.ServicesAsync(reading, cancellationToken)).Value.Keys] : [],
        };
    }

    private async Task<bool?> HasLeaderAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await client.Status.LeaderAsync(cancellationToken)).Found;
        }
        catch (ConsulException)
        {
            return null;
        }
    }
}
