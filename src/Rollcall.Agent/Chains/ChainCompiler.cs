using System.Globalization;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Records;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Chains;

/// <summary>
/// Makes the chain of a service out of config entries, as Consul does and with its words about what is wrong with them: a router, then splitters, then
/// resolvers. Only the router of the service itself counts. Used once.
/// </summary>
internal sealed class ChainCompiler
{
    /// <summary>How many splitters may come one after the other.</summary>
    public const int MostNested = 500;

    private const string DefaultConnectTimeout = "5s";

    private readonly ChainRequest _request;
    private readonly ChainEntries _entries;
    private readonly bool _routes;
    private readonly Dictionary<string, ChainNode> _nodes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ChainTarget> _targets = new(StringComparer.Ordinal);
    private string? _protocol;
    private bool _routed;
    private int _nested;
    private string? _fault;
    private ChainOverrides _applied = ChainOverrides.None;

    private ChainCompiler(ChainRequest request, ChainEntries entries)
    {
        (_request, _entries) = (request, entries);
        _routes = request.Overrides.Protocol.Length == 0 || HasRequests(request.Overrides.Protocol);
    }

    /// <summary>The chain; null, with the fault: the entries make none.</summary>
    /// <param name="request">Of which service.</param>
    /// <param name="entries">All entries there are.</param>
    /// <param name="fault">In Consul's words.</param>
    public static DiscoveryChain? Compile(ChainRequest request, ChainEntries entries, out string? fault)
    {
        var compiler = new ChainCompiler(request, entries);
        var chain = compiler.Compile();
        fault = compiler._fault;
        return fault is null ? chain : null;
    }

    private DiscoveryChain? Compile()
    {
        if (Start() is not { } start)
        {
            return null;
        }

        var shape = new ChainShape(_nodes);
        _fault = shape.CircleFrom(start.Key) ?? shape.Flatten();
        if (_fault is null && _routed && !HasRequests(_protocol!))
        {
            _fault = $"discovery chain \"{_request.Service}\" uses a protocol \"{_protocol}\" that does not permit advanced routing or splitting behavior";
        }

        if (_fault is not null)
        {
            return null;
        }

        var wanted = _request.Overrides.Protocol;
        if (wanted.Length > 0 && wanted != _protocol)
        {
            _applied = _applied with { Protocol = wanted };
        }

        return new DiscoveryChain(
            _request.Service,
            _request.Datacenter,
            wanted.Length > 0 ? wanted : _protocol!,
            _applied == ChainOverrides.None ? "" : ChainHash.Of(_applied),
            start.Key,
            shape.ReachedFrom(start.Key),
            _targets);
    }

    private static bool HasRequests(string protocol) => protocol is "http" or "http2" or "grpc";

    private static string Named(string service) => $"{service}.{Intention.DefaultNamespace}";

    private ChainTarget Target(string service, string subset = "", string space = "") => new(service, subset, Or(space, Intention.DefaultNamespace), _request.Datacenter);

    private static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;

    private ChainNode? Fail(string fault)
    {
        _fault ??= fault;
        return null;
    }

    private ChainNode? Start()
    {
        if (Allowed(ConfigKinds.ServiceRouter, _request.Service) is not { Kind: not GoKind.Null } router)
        {
            return SplitterOrResolver(Target(_request.Service));
        }

        // Requests that no route matches go on to the service itself.
        var service = _entries.Table.Find(ConfigEntry.KeyOf(ConfigKinds.ServiceRouter, _request.Service))!.Name;
        _routed = true;
        if (!Agrees(service))
        {
            return null;
        }

        var routes = new List<ChainRoute>();
        foreach (var route in router["Routes"].Items.Append(Otherwise(service)))
        {
            var destination = route["Destination"];
            var target = Target(Or(destination["Service"].Text, _request.Service), destination["ServiceSubset"].Text, destination["Namespace"].Text);
            if ((target.Subset.Length == 0 ? SplitterOrResolver(target) : Resolver(target)) is not { } next)
            {
                return null;
            }

            routes.Add(new ChainRoute(route, next.Key));
        }

        return Keep(new ChainRouter(Named(service), routes));
    }

    private static GoValue Otherwise(string service) => GoValue.OfMembers(
        ("Match", GoValue.OfMembers(("HTTP", GoValue.OfMembers(("PathPrefix", GoValue.OfText("/")))))),
        ("Destination", GoValue.OfMembers(("Service", GoValue.OfText(service)), ("Namespace", GoValue.OfText(Intention.DefaultNamespace)))));

    /// <summary>An entry that sends requests on, unless the protocol that was asked for has no requests.</summary>
    private GoValue Allowed(string kind, string service)
    {
        var entry = _entries.Find(kind, service);
        if (entry.Kind == GoKind.Null || _routes)
        {
            return entry;
        }

        _applied = _applied with { Protocol = _request.Overrides.Protocol };
        return GoValue.Null;
    }

    private ChainNode? SplitterOrResolver(ChainTarget target) => Splitter(target.Service) ?? (_fault is null ? Resolver(target) : null);

    /// <returns>Null: there is none, or a fault was found.</returns>
    private ChainNode? Splitter(string service)
    {
        var name = Named(service);
        if (_nodes.TryGetValue(ChainSplitter.KeyOf(name), out var known))
        {
            return known;
        }

        if (Allowed(ConfigKinds.ServiceSplitter, service) is not { Kind: not GoKind.Null } entry)
        {
            return null;
        }

        if (++_nested > MostNested)
        {
            return Fail(string.Create(CultureInfo.InvariantCulture, $"discovery chain \"{_request.Service}\" has more than {MostNested} splitters one after the other: let one split to the last"));
        }

        // Kept before what it leads to is looked at, so that a circle ends there.
        var splits = new List<ChainSplit>();
        var splitter = Keep(new ChainSplitter(name, splits));
        foreach (var split in entry["Splits"].Items)
        {
            var target = Target(Or(split["Service"].Text, service), split["ServiceSubset"].Text);
            if ((target.Service != service && target.Subset.Length == 0 ? SplitterOrResolver(target) : Resolver(target)) is not { } next)
            {
                return null;
            }

            splits.Add(new ChainSplit(float.Parse(split["Weight"].Text, CultureInfo.InvariantCulture), next.Key));
        }

        _routed = true;
        _nested--;
        return splitter;
    }

    /// <summary>The resolver that a target leads to after redirects and default subsets.</summary>
    private ChainNode? Resolver(ChainTarget target) => Resolve(target) is { } resolved && _fault is null ? Known(resolved) ?? Fresh(resolved) : null;

    private ChainNode? Known(ChainTarget target) => _nodes.GetValueOrDefault(ChainResolver.KeyOf(target.Id));

    private ChainNode? Fresh(ChainTarget target)
    {
        var entry = _entries.Find(ConfigKinds.ServiceResolver, target.Service);
        if (Settle(target, entry) is not { } resolver)
        {
            return null;
        }

        // Of what is failed over to, no further failover counts.
        Keep(resolver);
        var failover = Failover(target, entry).Where(other => other.Id != target.Id).ToList();
        var others = new List<string>(failover.Count);
        foreach (var other in failover)
        {
            if (Resolve(other) is not { } resolved || (Known(resolved) is null && Settle(resolved, _entries.Find(ConfigKinds.ServiceResolver, resolved.Service)) is null))
            {
                return null;
            }

            others.Add(resolved.Id);
        }

        return Keep(resolver with { Failover = others });
    }

    private static IEnumerable<ChainTarget> Failover(ChainTarget target, GoValue entry)
    {
        var failover = entry["Failover"][target.Subset] is { Kind: not GoKind.Null } own ? own : entry["Failover"]["*"];
        return failover.Kind == GoKind.Null ? []
            : failover["Datacenters"].Items is { Count: > 0 } datacenters ? datacenters.Select(datacenter => Rewrite(target, failover, datacenter.Text))
            : [Rewrite(target, failover, "")];
    }

    private static ChainTarget Rewrite(ChainTarget target, GoValue by, string datacenter)
    {
        // The subsets of a service mean nothing for another.
        var service = Or(by["Service"].Text, target.Service);
        var subset = Or(by["ServiceSubset"].Text, service == target.Service ? target.Subset : "");
        return new ChainTarget(service, subset, Or(by["Namespace"].Text, target.Namespace), Or(datacenter, target.Datacenter));
    }

    private ChainTarget? Resolve(ChainTarget target)
    {
        var way = new List<string>();
        var passed = new HashSet<string>(StringComparer.Ordinal);
        while (Known(target) is null)
        {
            if (!Agrees(target.Service))
            {
                return null;
            }

            way.Add(target.Id);
            if (!passed.Add(target.Id))
            {
                _fault = $"detected circular resolver redirect: [{string.Join(" -> ", way)}]";
                return null;
            }

            var entry = _entries.Find(ConfigKinds.ServiceResolver, target.Service);
            var redirect = entry["Redirect"];
            var next = Rewrite(target, redirect, redirect["Datacenter"].Text);
            if (next.Id == target.Id)
            {
                if (target.Subset.Length > 0 || entry["DefaultSubset"].Text is not { Length: > 0 } subset)
                {
                    break;
                }

                next = target with { Subset = subset };
            }

            target = next;
        }

        return target;
    }

    /// <summary>The resolver of a target that is not sent on any more, and the target with all that is to be said of it.</summary>
    private ChainResolver? Settle(ChainTarget target, GoValue entry)
    {
        var (service, subset) = (target.Service, target.Subset);
        var selection = entry["Subsets"][subset];
        if (subset.Length > 0 && selection.Kind == GoKind.Null)
        {
            Fail($"service \"{service}\" does not have a subset named \"{subset}\"");
            return null;
        }

        var defaults = _entries.Find(ConfigKinds.ServiceDefaults, service);
        var external = defaults["ExternalSNI"].Text;
        var inMesh = entry["Redirect"].Kind != GoKind.Null ? "redirects" : entry["Subsets"].Members.Count > 0 ? "subsets" : entry["Failover"].Members.Count > 0 ? "failover" : null;
        if (external.Length > 0 && inMesh is not null)
        {
            Fail($"service \"{service}\" has an external SNI set; cannot define {inMesh} for external services");
            return null;
        }

        var timeout = Or(entry["ConnectTimeout"].Text, DefaultConnectTimeout);
        var wanted = _request.Overrides.ConnectTimeout;
        if (wanted.Length > 0 && wanted != timeout && GoDuration.TryParseNanoseconds(wanted, out var nanoseconds) && nanoseconds > 0)
        {
            timeout = wanted;
            _applied = _applied with { ConnectTimeout = wanted };
        }

        _targets[target.Id] = target with { Selection = selection, ExternalName = external, MeshGateway = external.Length > 0 || target.Datacenter == _request.OwnDatacenter ? "" : Gateway(defaults) };
        var isDefault = entry["ConnectTimeout"].Kind == GoKind.Null && entry["DefaultSubset"].Kind == GoKind.Null && entry["Subsets"].Members.Count == 0
            && entry["Redirect"].Kind == GoKind.Null && entry["Failover"].Members.Count == 0;
        return new ChainResolver(target.Id, isDefault, timeout, []);
    }

    private string Gateway(GoValue defaults)
    {
        var mode = Or(defaults["MeshGateway"]["Mode"].Text, _entries.Find(ConfigKinds.ProxyDefaults, ConfigKinds.Global)["MeshGateway"]["Mode"].Text);
        var wanted = _request.Overrides.MeshGateway;
        if (wanted.Length == 0 || wanted == mode)
        {
            return mode;
        }

        _applied = _applied with { MeshGateway = wanted };
        return wanted;
    }

    /// <summary>All services of a chain speak one protocol.</summary>
    private bool Agrees(string service)
    {
        var protocol = _entries.ProtocolOf(service);
        _protocol ??= protocol;
        if (_protocol != protocol)
        {
            Fail($"discovery chain \"{_request.Service}\" uses inconsistent protocols; service \"{service}\" has \"{protocol}\" which is not \"{_protocol}\"");
        }

        return _fault is null;
    }

    private ChainNode Keep(ChainNode node) => _nodes[node.Key] = node;
}
