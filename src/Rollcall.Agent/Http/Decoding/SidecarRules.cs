using Rollcall.Agent.Checks;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>What a proxy must be like that is registered with a service, and what it is given.</summary>
internal static class SidecarRules
{
    /// <summary>What is wrong with it, or null. Beyond what Consul refuses, what its catalog would not take: it tells nobody then.</summary>
    /// <param name="sidecar">The proxy, with all that it has of its service.</param>
    /// <param name="checks">Its own checks.</param>
    public static string? Fault(ServiceDefinition sidecar, out List<CheckType> checks)
    {
        checks = ServiceRules.CheckTypes(sidecar, out var checkFault);
        var service = ServiceRules.Service(sidecar);
        return checkFault is not null ? $"Bad request: Invalid check in sidecar_service: {checkFault}"
            : ServiceRules.StatusFault(checks) is { } status ? $"Bad request: {status}"
            : (CatalogRules.MetadataFault(sidecar.Meta, reserved: true, sidecar.Kind)
                ?? CatalogRules.AddressFault(sidecar.Address)
                ?? MeshRules.Fault(service with { Port = Math.Max(service.Port, 1) }, sidecar: null)) is { } fault ? $"Bad request: Invalid SidecarService: {fault}"
            : null;
    }

    /// <summary>The proxy with the checks that Consul gives it where it has none: whether it listens, and how its service is.</summary>
    public static RegisterService WithChecks(RegisterService sidecar, string serviceId)
    {
        var service = sidecar.Service with { IsSidecar = true };
        return sidecar with
        {
            Service = service,
            Checks = !sidecar.Checks.IsEmpty ? sidecar.Checks :
            [
                Check(1, "Connect Sidecar Listening", CheckKind.Tcp, new CheckDefinition { Tcp = RegisterService.ListenerOf(service.Port), Interval = "10s" }),
                Check(2, $"Connect Sidecar Aliasing {serviceId}", CheckKind.Alias, new CheckDefinition { AliasService = serviceId }),
            ],
        };

        LocalCheck Check(int number, string name, CheckKind kind, CheckDefinition definition) => new(
            new HealthCheck
            {
                CheckId = $"service:{service.Id}:{number}",
                Name = name,
                Status = CheckStatus.Critical,
                ServiceId = service.Id,
                Type = CheckKindName.Of(kind),
            },
            definition);
    }
}
