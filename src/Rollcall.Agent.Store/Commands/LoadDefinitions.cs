using System.Collections.Immutable;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Local;

namespace Rollcall.Agent.Store.Commands;

/// <summary>
/// What stands in configuration files, in place of what stood there before: what is gone from the files is deregistered, checks that stay keep their
/// status. What was registered by others stays, unless a file says something of the same id. The catalog is brought in line.
/// </summary>
/// <param name="Services">The services, each with its checks.</param>
/// <param name="Checks">Checks that stand by themselves, of the node or of a service.</param>
public sealed record LoadDefinitions(ImmutableArray<RegisterService> Services, ImmutableArray<LocalCheck> Checks) : Command<ImmutableArray<string>>
{
    /// <summary>For proxies that are registered with a service and have no port.</summary>
    public SidecarPorts SidecarPorts { get; init; }

    /// <returns>The ids of the checks that were put or removed: whoever runs checks has to look at them again. Default: there are too few ports, and nothing was changed.</returns>
    internal override ImmutableArray<string> Apply(StoreTransaction transaction)
    {
        var writer = transaction.LocalWriter;
        var touched = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        var services = Services.Concat(Services.Select(static service => service.Sidecar).OfType<RegisterService>()).Select(static service => service.Service.Id).ToHashSet(StringComparer.Ordinal);
        var gone = transaction.Local.Services.Where(pair => pair.Value.FromFile && !services.Contains(pair.Key)).ToList();
        if (SidecarPorts.Spread(Services, [.. transaction.Local.Services.Except(gone).Select(static pair => pair.Value.Service)]) is not { } all)
        {
            return default;
        }

        foreach (var (id, service) in gone)
        {
            touched.UnionWith(service.CheckIds);
            writer.RemoveService(id);
        }

        foreach (var service in all)
        {
            writer.PutService(service.Service, fromFile: true);
        }

        // Before an agent's first files are read, a check that was registered for one of their services has nothing to belong to; later they may rename it.
        var checks = all.SelectMany(static service => service.Checks).Concat(Checks).ToList();
        var kept = transaction.Local.Checks.Values.Where(check => !check.FromFile && Exists(transaction, check) && IsOutdated(transaction, check));
        foreach (var check in kept.ToList().Concat(checks.Where(check => Exists(transaction, check))))
        {
            writer.PutCheck(check);
            touched.Add(check.Check.CheckId);
        }

        var ids = checks.Select(static check => check.Check.CheckId).ToHashSet(StringComparer.Ordinal);
        foreach (var id in transaction.Local.Checks.Where(pair => (pair.Value.FromFile && !ids.Contains(pair.Key)) || !Exists(transaction, pair.Value)).Select(static pair => pair.Key).ToList())
        {
            writer.RemoveCheck(id);
            touched.Add(id);
        }

        writer.Sync(outputs: false);
        return [.. touched];
    }

    private static bool Exists(StoreTransaction transaction, LocalCheck check) =>
        check.Check.ServiceId.Length == 0 || transaction.Local.Services.ContainsKey(check.Check.ServiceId);

    private static bool IsOutdated(StoreTransaction transaction, LocalCheck check) =>
        transaction.Local.Services.TryGetValue(check.Check.ServiceId, out var service)
        && (!service.CheckIds.Contains(check.Check.CheckId)
            || service.Service.Service != check.Check.ServiceName
            || !CatalogEquality.Same(service.Service.Tags, check.Check.ServiceTags));
}
