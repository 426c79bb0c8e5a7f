using System.Globalization;
using Rollcall.Agent.Store.Commands;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Local;

/// <summary>The ports for proxies that are registered with a service and name none.</summary>
/// <param name="Min">The first; less than 1: such proxies get none.</param>
/// <param name="Max">The last; less than 1: the same.</param>
public readonly record struct SidecarPorts(int Min, int Max)
{
    /// <summary>Why a proxy got none, in Consul's words.</summary>
    public string Fault => IsEmpty
        ? "no port provided for sidecar_service and auto-assignment disabled in config"
        : string.Create(CultureInfo.InvariantCulture, $"no port provided for sidecar_service and none left in the configured range [{Min}, {Max}]");

    private bool IsEmpty => Min < 1 || Max < 1;

    /// <summary>
    /// What is registered, each service with its proxy behind it, and every proxy with a port: the one that it has, or the first that nobody has. Null: there are too few.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="known">What is registered already.</param>
    internal List<RegisterService>? Spread(IEnumerable<RegisterService> services, IReadOnlyCollection<NodeService> known)
    {
        var all = new List<RegisterService>();
        foreach (var service in services)
        {
            all.Add(service with { Sidecar = null });
            if (service.Sidecar is { } sidecar)
            {
                all.Add(sidecar);
            }
        }

        var ids = all.Select(static service => service.Service.Id).ToHashSet(StringComparer.Ordinal);
        var old = known.Where(service => service.Port >= 1 && ids.Contains(service.Id)).ToDictionary(static service => service.Id, static service => service.Port, StringComparer.Ordinal);
        var taken = known.Where(service => !ids.Contains(service.Id)).Concat(all.Select(static service => service.Service)).Select(static service => service.Port).ToHashSet();
        for (var i = 0; i < all.Count; i++)
        {
            if (NeedsPort(all[i]) && old.TryGetValue(all[i].Service.Id, out var port) && port >= Min && port <= Max && taken.Add(port))
            {
                all[i] = all[i].WithPort(port);
            }
        }

        var next = IsEmpty ? int.MaxValue : Min;
        for (var i = 0; i < all.Count; i++)
        {
            if (NeedsPort(all[i]))
            {
                while (next <= Max && !taken.Add(next))
                {
                    next++;
                }

                if (next > Max)
                {
                    return null;
                }

                all[i] = all[i].WithPort(next);
            }
        }

        return all;
    }

    private static bool NeedsPort(RegisterService service) => service.Service is { IsSidecar: true, Port: 0 };
}
