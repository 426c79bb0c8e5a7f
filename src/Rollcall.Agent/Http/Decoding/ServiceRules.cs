using Rollcall.Agent.Checks;
using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Catalog;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>What a service must be like, in Consul's order and words, and how it becomes a command.</summary>
internal static class ServiceRules
{
    /// <summary>The command, or null with the status and text to answer.</summary>
    public static RegisterService? ToCommand(ServiceDefinition definition, bool replaceChecks, bool scripts, out int status, out string error)
    {
        var checks = CheckTypes(definition, out var checkFault);
        var fault =
            definition.Name.Length == 0 ? "Missing service name"
            : CatalogRules.AddressFault(definition.Address) is { } address ? address
            : WeightsFault(definition.Weights) is { } weights ? $"Invalid Weights: {weights}"
            : CatalogRules.MetadataFault(definition.Meta, reserved: true, definition.Kind) is { } meta ? $"Invalid Service Meta: {meta}"
            : MeshRules.Fault(Service(definition), definition.Connect?.Sidecar) is { } mesh ? mesh
            : checkFault is not null ? $"Invalid check: {checkFault}"
            : StatusFault(checks) is { } checkStatus ? checkStatus
            : null;
        status = fault is null ? StatusCodes.Status500InternalServerError : StatusCodes.Status400BadRequest;

        // What Consul finds out only while it registers is a failure of its own.
        var sidecar = definition.Connect?.Sidecar?.AsSidecarOf(definition);
        List<CheckType> sidecarChecks = [];
        if (sidecar is not null)
        {
            fault ??= SidecarRules.Fault(sidecar, out sidecarChecks);
        }

        fault ??= AddressFault(definition.TaggedAddresses)
            ?? (!scripts && checks.Concat(sidecarChecks).Any(check => check.IsScript) ? CheckRules.ScriptsDisabled : null)
            ?? AddressFault(sidecar?.TaggedAddresses);
        error = fault ?? "";
        return fault is not null ? null : Command(definition, checks, replaceChecks) with
        {
            Sidecar = sidecar is null ? null : SidecarRules.WithChecks(Command(sidecar, sidecarChecks, replaceChecks), IdOf(definition)),
        };
    }

    public static string? StatusFault(List<CheckType> checks) => checks.Exists(static check => check.Status.Length > 0 && !CheckRules.IsStatus(check.Status))
        ? "Status for checks must 'passing', 'warning', 'critical'"
        : null;

    private static string? AddressFault(IReadOnlyDictionary<string, ServiceAddress>? tagged)
    {
        // As in Consul, which takes anything for a wan_ipv6.
        foreach (var (tag, family) in (ReadOnlySpan<(string, AddressFamily)>)[("lan_ipv4", AddressFamily.InterNetwork), ("wan_ipv4", AddressFamily.InterNetwork), ("lan_ipv6", AddressFamily.InterNetworkV6)])
        {
            if (tagged?.TryGetValue(tag, out var given) == true && !(GoAddress.TryParse(given.Address, out var address) && address.AddressFamily == family))
            {
                return $"Service tagged address \"{tag}\" must be a valid {tag[^4..]} address";
            }
        }

        return null;
    }

    public static NodeService Service(ServiceDefinition definition) => new()
    {
        Kind = definition.Kind,
        Id = IdOf(definition),
        Service = definition.Name,
        Tags = definition.Tags ?? [],
        Address = definition.Address,
        TaggedAddresses = TaggedAddresses(definition),
        Meta = definition.Meta,
        Port = definition.Port,
        Weights = definition.Weights ?? new ServiceWeights(),
        EnableTagOverride = definition.EnableTagOverride,
        Proxy = definition.Proxy is { Upstreams: { } upstreams } proxy ? proxy with { Upstreams = [.. upstreams.Select(WithType)] } : definition.Proxy,
        Connect = definition.Connect?.Connect,
    };

    private static ServiceUpstream WithType(ServiceUpstream upstream) => upstream.DestinationType.Length > 0 ? upstream : upstream with { DestinationType = "service" };

    private static RegisterService Command(ServiceDefinition definition, List<CheckType> checks, bool replaceChecks)
    {
        var service = Service(definition);
        var local = ImmutableArray.CreateBuilder<LocalCheck>(checks.Count);
        foreach (var check in checks)
        {
            var suffix = checks.Count > 1 ? $":{local.Count + 1}" : "";
            local.Add(new LocalCheck(
                new HealthCheck
                {
                    CheckId = check.CheckId.Length == 0 ? $"service:{service.Id}{suffix}" : check.CheckId,
                    Name = check.Name.Length == 0 ? $"Service '{service.Service}' check" : check.Name,
                    Status = check.Status.Length == 0 ? CheckStatus.Critical : check.Status,
                    Notes = check.Notes,
                    ServiceId = service.Id,
                    Type = CheckKindName.Of(check.Kind),
                },
                CheckRules.Definition(check)));
        }

        return new RegisterService(service, local.DrainToImmutable(), replaceChecks);
    }

    // An empty "Check" is dropped without a word; in "Checks" every element has to be good.
    public static List<CheckType> CheckTypes(ServiceDefinition definition, out string? fault)
    {
        var checks = new List<CheckType>();
        if (definition.Check is { IsEmpty: false } single)
        {
            checks.Add(single);
        }

        foreach (var check in definition.Checks)
        {
            checks.Add(check ?? new CheckType());
        }

        fault = checks.Select(check => CheckRules.Judge(check) ?? CheckRules.IdFault(check.CheckId, IdOf(definition))).FirstOrDefault(text => text is not null);
        return checks;
    }

    private static string IdOf(ServiceDefinition definition) => definition.Id.Length == 0 ? definition.Name : definition.Id;

    private static Dictionary<string, ServiceAddress>? TaggedAddresses(ServiceDefinition definition)
    {
        var given = definition.TaggedAddresses;
        if (!GoAddress.TryParse(definition.Address, out var address))
        {
            return given is { Count: > 0 } ? new(given) : null;
        }

        // An address that is a number is also listed by its family, unless the client listed that itself.
        var all = given is null ? new Dictionary<string, ServiceAddress>() : new(given);
        var family = address.AddressFamily == AddressFamily.InterNetworkV6 ? "ipv6" : "ipv4";
        var own = new ServiceAddress { Address = definition.Address, Port = definition.Port };
        all.TryAdd($"lan_{family}", own);
        all.TryAdd($"wan_{family}", own);
        return all;
    }

    public static string? WeightsFault(ServiceWeights? weights) => weights switch
    {
        null => null,
        { Passing: < 1 } => "Passing must be greater than 0",
        { Warning: < 0 } => "Warning must be greater or equal than 0",
        { Passing: > ushort.MaxValue } or { Warning: > ushort.MaxValue } => "DNS Weight must be between 0 and 65535",
        _ => null,
    };
}
