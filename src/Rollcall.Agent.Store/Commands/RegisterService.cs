using System.Collections.Immutable;
using System.Globalization;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Store.Commands;

/// <summary>Registers a service with its checks on the agent.</summary>
/// <param name="Service">The service.</param>
/// <param name="Checks">Its checks.</param>
/// <param name="ReplaceChecks">Remove the checks it has that are not among these; otherwise they stay.</param>
public sealed record RegisterService(NodeService Service, ImmutableArray<LocalCheck> Checks, bool ReplaceChecks)
    : Command<ImmutableArray<string>>
{
    /// <summary>The proxy that is registered with it; its port 0: one of <see cref="SidecarPorts"/>. Null: none.</summary>
    public RegisterService? Sidecar { get; init; }

    /// <summary>For a proxy without a port.</summary>
    public SidecarPorts SidecarPorts { get; init; }

    /// <summary>The id of the proxy that is registered with a service.</summary>
    public static string SidecarIdOf(string serviceId) => $"{serviceId}-sidecar-proxy";

    /// <summary>Where a proxy is looked for that is registered with a service.</summary>
    public static string ListenerOf(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    /// <returns>The ids of the checks that were put or removed: whoever runs checks has to look at them again. Default: there is no port left, and nothing was registered.</returns>
    internal override ImmutableArray<string> Apply(StoreTransaction transaction)
    {
        var touched = ImmutableArray.CreateBuilder<string>(Checks.Length);
        if (Sidecar is null)
        {
            Put(transaction, touched);
            return touched.DrainToImmutable();
        }

        if (SidecarPorts.Spread([this], [.. transaction.Local.Services.Values.Select(static service => service.Service)]) is not { } all)
        {
            return default;
        }

        foreach (var service in all)
        {
            service.Put(transaction, touched);
        }

        return touched.DrainToImmutable();
    }

    /// <summary>The same at a port that it was given.</summary>
    internal RegisterService WithPort(int port) => this with
    {
        Service = Service with
        {
            Port = port,
            TaggedAddresses = Service.TaggedAddresses?.ToDictionary(
                static pair => pair.Key,
                pair => pair.Value.Address == Service.Address && pair.Value.Port == Service.Port ? pair.Value with { Port = port } : pair.Value,
                StringComparer.Ordinal),
        },
        Checks = [.. Checks.Select(check => check.Definition is { } definition && definition.Tcp == ListenerOf(Service.Port) ? check with { Definition = definition with { Tcp = ListenerOf(port) } } : check)],
    };

    private void Put(StoreTransaction transaction, ImmutableArray<string>.Builder touched)
    {
        var writer = transaction.LocalWriter;
        writer.PutService(Service);
        foreach (var check in Checks)
        {
            writer.PutCheck(check);
            touched.Add(check.Check.CheckId);
        }

        if (ReplaceChecks)
        {
            foreach (var id in transaction.Local.Services[Service.Id].CheckIds.Except(Checks.Select(static check => check.Check.CheckId)))
            {
                writer.RemoveCheck(id);
                touched.Add(id);
            }
        }
    }
}
