using System.Globalization;
using Rollcall.Consul;
using Rollcall.Consul.Wire;

namespace Rollcall.LoadTest.Crashes;

/// <summary>Registers a node with a service in the catalog, and now and then takes it away with all that it has.</summary>
internal sealed class CatalogWriter(int number) : CrashWriter(number)
{
    private const int RegistrationsPerDeregistration = 4;
    private const int Ports = 60_000;

    protected override Task WriteAsync(ConsulClient consul, CancellationToken cancel)
    {
        if (Step % RegistrationsPerDeregistration == 0)
        {
            return ChangeAsync(None, () => consul.Catalog.DeregisterAsync(new CatalogDeregistration { Node = Name }, cancel));
        }

        var port = (int)(Step % Ports) + 1;
        var registration = new CatalogRegistration { Node = Name, Address = "127.0.0.1", Service = new NodeService { Id = Name, Service = Name, Port = port } };
        return ChangeAsync(Describe(port), () => consul.Catalog.RegisterAsync(registration, cancel));
    }

    protected override async Task<(string State, IReadOnlyList<ulong> Indexes)> ReadAsync(ConsulClient consul, CancellationToken cancel)
    {
        var node = await consul.Catalog.NodeAsync(Name, cancellationToken: cancel);
        var state = node.Value is { } found ? string.Join(' ', found.Services?.Values.Select(static service => Describe(service.Port)) ?? []) : None;
        return (state, [node.Index]);
    }

    private static string Describe(int port) => string.Create(CultureInfo.InvariantCulture, $"port {port}");
}
