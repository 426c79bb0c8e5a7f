using System.Globalization;
using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>What proxies and gateways of a service mesh must be like, in Consul's order and words.</summary>
internal static class MeshRules
{
    /// <summary>All that is wrong with a service; null: nothing.</summary>
    /// <param name="service">The service.</param>
    /// <param name="sidecar">What is to be registered with it; null: nothing.</param>
    public static string? Fault(NodeService service, ServiceDefinition? sidecar)
    {
        // Most are no part of a mesh.
        if (service.Kind is null && sidecar is null)
        {
            return null;
        }

        var faults = new List<string>();
        if (service.Kind == ServiceKind.ConnectProxy)
        {
            AddProxy(faults, service, service.Proxy ?? new ServiceProxy());
        }
        else if (service.Kind is ServiceKind.MeshGateway or ServiceKind.TerminatingGateway or ServiceKind.IngressGateway)
        {
            AddGateway(faults, service, service.Proxy ?? new ServiceProxy(), sidecar);
        }

        AddIf(faults, sidecar?.Id.Length > 0, "A SidecarService cannot specify an ID as this is managed by the agent");
        AddIf(faults, sidecar?.Connect?.Sidecar is not null, "A SidecarService cannot have a nested SidecarService");
        return GoErrors.Join(faults);
    }

    private static void AddProxy(List<string> faults, NodeService service, ServiceProxy proxy)
    {
        AddIf(faults, string.IsNullOrWhiteSpace(proxy.DestinationServiceName), "Proxy.DestinationServiceName must be non-empty for Connect proxy services");
        AddIf(faults, service.Port == 0, "Port must be set for a Connect proxy");
        AddIf(faults, service.Connect?.Native == true, "A Proxy cannot also be Connect Native, only typical services");
        var (destinations, addresses) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var upstream in proxy.Upstreams ?? [])
        {
            if (UpstreamFault(upstream) is { } fault)
            {
                faults.Add(fault);
                continue;
            }

            var destination =
                $"[type=\"{upstream.DestinationType}\", name=\"{upstream.DestinationName}\", namespace=\"{upstream.DestinationNamespace}\", datacenter=\"{upstream.Datacenter}\"]";
            if (!destinations.Add(destination))
            {
                faults.Add($"upstreams cannot contain duplicates of {destination}");
                continue;
            }

            var address = GoAddress.Join(upstream.LocalBindAddress ?? "127.0.0.1", upstream.LocalBindPort);
            AddIf(faults, !addresses.Add(address), $"upstreams cannot contain duplicates by local bind address and port; \"{address}\" is specified twice");
        }

        AddPaths(faults, proxy.Expose.Paths ?? []);
    }

    private static string? UpstreamFault(ServiceUpstream upstream) =>
        upstream.DestinationType is not ("" or "service" or "prepared_query") ? $"unknown upstream destination type: \"{upstream.DestinationType}\""
        : upstream.DestinationName.Length == 0 ? "upstream destination name cannot be empty"
        : upstream.LocalBindPort == 0 ? "upstream local bind port cannot be zero"
        : null;

    private static void AddPaths(List<string> faults, IReadOnlyList<ServiceExposedPath> exposed)
    {
        var (paths, listeners) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<int>());
        foreach (var path in exposed)
        {
            var protocol = path.Protocol?.ToLowerInvariant();
            AddIf(faults, path.Path is null, "expose.paths: empty path exposed");
            AddIf(faults, !paths.Add(path.Path ?? ""), "expose.paths: duplicate paths exposed");
            AddIf(faults, !listeners.Add(path.ListenerPort), "expose.paths: duplicate listener ports exposed");
            AddIf(faults, path.ListenerPort is <= 0 or > ushort.MaxValue, string.Create(CultureInfo.InvariantCulture, $"expose.paths: invalid listener port: {path.ListenerPort}"));
            AddIf(faults, protocol is not (null or "http" or "http2"), $"protocol '{protocol}' not supported for path: {path.Path}, must be in: [http http2]");
        }
    }

    private static void AddGateway(List<string> faults, NodeService service, ServiceProxy proxy, ServiceDefinition? sidecar)
    {
        AddIf(faults, service.Port == 0 && service.Kind != ServiceKind.IngressGateway, $"Port must be non-zero for a {service.Kind}");
        AddIf(faults, sidecar is not null, $"A {service.Kind} cannot have a sidecar service defined");
        foreach (var (isSet, field) in (ReadOnlySpan<(bool, string)>)
        [
            (proxy.DestinationServiceName is not null, "DestinationServiceName"), (proxy.DestinationServiceId is not null, "DestinationServiceID"),
            (proxy.LocalServiceAddress is not null, "LocalServiceAddress"), (proxy.LocalServicePort != 0, "LocalServicePort"), (proxy.Upstreams is not null, "Upstreams"),
        ])
        {
            AddIf(faults, isSet, $"The Proxy.{field} configuration is invalid for a {service.Kind}");
        }
    }

    private static void AddIf(List<string> faults, bool isFault, string text)
    {
        if (isFault)
        {
            faults.Add(text);
        }
    }
}
