using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Chains;

/// <summary>What Consul demands of config entries together: that chains can be made of them, and that gateways speak the protocol of what they lead to.</summary>
internal static class ChainRules
{
    // As Consul says it, wherever it is.
    private const string Datacenter = "dc1";

    /// <summary>Null, or why an entry must not be put or taken away.</summary>
    /// <param name="proposed">The entries as they would be then.</param>
    /// <param name="kind">The entry's kind.</param>
    /// <param name="name">The entry's name.</param>
    public static string? Fault(Table<ConfigEntry> proposed, string kind, string name)
    {
        var entries = new ChainEntries(proposed);
        var (services, gateways) = Affected(proposed, kind, name);
        var chains = new Dictionary<string, DiscoveryChain>(StringComparer.Ordinal);
        foreach (var service in services.Concat(gateways.SelectMany(ConfigRules.Related)).Distinct(StringComparer.Ordinal))
        {
            if (ChainCompiler.Compile(new ChainRequest(service, Datacenter, Datacenter), entries, out var fault) is not { } chain)
            {
                return fault;
            }

            chains[service] = chain;
        }

        return gateways.Select(gateway => GatewayFault(gateway, entries, chains, isStrict: kind == ConfigKinds.IngressGateway)).FirstOrDefault(static fault => fault is not null);
    }

    /// <summary>The services whose chains the entry may change, and the gateways that lead to such.</summary>
    private static (List<string> Services, List<ConfigEntry> Gateways) Affected(Table<ConfigEntry> proposed, string kind, string name)
    {
        switch (kind)
        {
            case ConfigKinds.ProxyDefaults:
                return ([.. proposed.Rows.Values.Where(IsInChains).Select(static entry => entry.Name)], [.. proposed.Rows.Values.Where(static entry => entry.Kind == ConfigKinds.IngressGateway)]);
            case ConfigKinds.IngressGateway:
                return ([], proposed.Find(ConfigEntry.KeyOf(kind, name)) is { } gateway ? [gateway] : []);
            default:
                var linked = proposed.Rows.Values.Where(entry => ConfigRules.Related(entry).Contains(name, StringComparer.Ordinal)).ToList();
                return ([name, .. linked.Where(IsInChains).Select(static entry => entry.Name)], [.. linked.Where(static entry => entry.Kind == ConfigKinds.IngressGateway)]);
        }
    }

    private static bool IsInChains(ConfigEntry entry) => entry.Kind is ConfigKinds.ServiceRouter or ConfigKinds.ServiceSplitter or ConfigKinds.ServiceResolver;

    // A gateway of tcp may lead to what speaks another protocol as long as nothing on the way looks at it; but nobody may write such a gateway.
    private static string? GatewayFault(ConfigEntry gateway, ChainEntries entries, Dictionary<string, DiscoveryChain> chains, bool isStrict)
    {
        foreach (var listener in entries.Find(gateway.Kind, gateway.Name)["Listeners"].Items)
        {
            var protocol = listener["Protocol"].Text;
            foreach (var service in listener["Services"].Items.Select(static service => service["Name"].Text).Where(static service => service != ConfigRules.All))
            {
                var chain = chains[service];
                if (chain.Protocol != protocol && (isStrict || protocol != "tcp" || chain.Nodes[chain.Start] is not ChainResolver))
                {
                    return $"service \"{service}\" has protocol \"{chain.Protocol}\", which does not match defined listener protocol \"{protocol}\"";
                }
            }
        }

        return null;
    }
}
