using System.Collections.Immutable;
using System.Globalization;
using Rollcall.Agent.Go;
using Rollcall.Agent.Http.Decoding;
using Rollcall.Agent.Store.Commands;
using Rollcall.Agent.Store.Local;

namespace Rollcall.Agent.Configuration;

/// <summary>
/// Reads services and checks of configuration files. They are decoded and judged by what decodes and judges registrations; only their spelling differs.
/// </summary>
internal static class DefinitionReader
{
    private const string Text = "string";
    private const string Whole = "int";
    private const string Truth = "bool";
    private const string List = "list";
    private const string Map = "map";
    private const string PlainMap = "map without lists";
    private const string Check = "check";
    private const string Checks = "checks";
    private const string Weights = "weights";
    private const string Connect = "connect";
    private const string Sidecar = "sidecar_service";
    private const string Proxy = "proxy";
    private const string Upstream = "upstream";
    private const string Upstreams = "upstreams";
    private const string MeshGateway = "mesh_gateway";
    private const string Expose = "expose";
    private const string Exposed = "path";
    private const string AllExposed = "paths";
    private const string Arguments = "args";
    private const string ArgumentsOfApi = "scriptargs";

    private static readonly Dictionary<string, string> s_service = new(StringComparer.Ordinal)
    {
        ["id"] = Text, ["name"] = Text, ["kind"] = Text, ["tags"] = List, ["address"] = Text, ["taggedaddresses"] = PlainMap, ["meta"] = PlainMap, ["port"] = Whole,
        ["check"] = Check, ["checks"] = Checks, ["token"] = Text, ["weights"] = Weights, ["enabletagoverride"] = Truth, ["proxy"] = Proxy, ["connect"] = Connect,
    };

    private static readonly Dictionary<string, string> s_check = new(StringComparer.Ordinal)
    {
        ["id"] = Text, ["name"] = Text, ["notes"] = Text, ["serviceid"] = Text, ["token"] = Text, ["status"] = Text, [Arguments] = List, ["http"] = Text,
        ["header"] = Map, ["method"] = Text, ["body"] = Text, ["outputmaxsize"] = Whole, ["tcp"] = Text, ["interval"] = Text, ["dockercontainerid"] = Text,
        ["shell"] = Text, ["grpc"] = Text, ["grpcusetls"] = Truth, ["tlsskipverify"] = Truth, ["aliasnode"] = Text, ["aliasservice"] = Text,
        ["udp"] = Text, ["h2ping"] = Text, ["h2pingusetls"] = Truth, ["osservice"] = Text,
        ["timeout"] = Text, ["ttl"] = Text, ["successbeforepassing"] = Whole, ["failuresbeforecritical"] = Whole,
        ["deregistercriticalserviceafter"] = Text,
    };

    private static readonly Dictionary<string, string> s_weights = new(StringComparer.Ordinal) { ["passing"] = Whole, ["warning"] = Whole };

    // What has fields of its own, and what is a list of such.
    private static readonly Dictionary<string, Dictionary<string, string>> s_records = new(StringComparer.Ordinal)
    {
        [Check] = s_check,
        [Weights] = s_weights,
        [Sidecar] = s_service,
        [Connect] = new(StringComparer.Ordinal) { ["native"] = Truth, ["sidecarservice"] = Sidecar },
        [Proxy] = new(StringComparer.Ordinal)
        {
            ["destinationservicename"] = Text, ["destinationserviceid"] = Text, ["localserviceaddress"] = Text, ["localserviceport"] = Whole, ["config"] = Map,
            ["upstreams"] = Upstreams, ["meshgateway"] = MeshGateway, ["expose"] = Expose,
        },
        [Upstream] = new(StringComparer.Ordinal)
        {
            ["destinationtype"] = Text, ["destinationnamespace"] = Text, ["destinationname"] = Text, ["datacenter"] = Text, ["localbindaddress"] = Text,
            ["localbindport"] = Whole, ["config"] = Map, ["meshgateway"] = MeshGateway,
        },
        [MeshGateway] = new(StringComparer.Ordinal) { ["mode"] = Text },
        [Expose] = new(StringComparer.Ordinal) { ["checks"] = Truth, ["paths"] = AllExposed },
        [Exposed] = new(StringComparer.Ordinal) { ["listenerport"] = Whole, ["path"] = Text, ["localpathport"] = Whole, ["protocol"] = Text },
    };

    private static readonly Dictionary<string, string> s_lists = new(StringComparer.Ordinal) { [Checks] = Check, [Upstreams] = Upstream, [AllExposed] = Exposed };

    public static RegisterService? ReadService(GoValue value, string path, ConfigFaults faults, bool scripts)
    {
        var definition = new ServiceDefinition();
        if (!Decode(FileRules.WithChecksTogether(Respell(value, path, faults, s_service, "id")), ServiceDefinition.Type, definition, path, faults))
        {
            return null;
        }

        var fault = FileRules.FaultOf(definition);
        var command = fault is null ? ServiceRules.ToCommand(definition, replaceChecks: true, scripts, out _, out fault) : null;
        if (command is null)
        {
            faults.Value(path, fault == CheckRules.ScriptsDisabled ? CheckRules.ScriptsDisabledInFiles : fault!);
            return null;
        }

        return OfFile(command) with { Sidecar = command.Sidecar is { } sidecar ? OfFile(sidecar) : null };
    }

    private static RegisterService OfFile(RegisterService command) => command with { Checks = [.. command.Checks.Select(static check => check with { FromFile = true })] };

    public static LocalCheck? ReadCheck(GoValue value, string path, ConfigFaults faults, bool scripts)
    {
        var check = new CheckType();
        if (!Decode(Respell(value, path, faults, s_check, "id"), CheckType.Alone, check, path, faults))
        {
            return null;
        }

        if (CheckRules.FaultOf(check, scripts, isOfFile: true) is { } fault)
        {
            faults.Value(path, fault);
            return null;
        }

        // Consul gives a check of a file no type.
        var local = CheckRules.ToLocal(check);
        return local with { FromFile = true, Check = local.Check with { Type = "" } };
    }

    private static bool Decode<T>(GoValue value, GoStruct<T> type, T target, string path, ConfigFaults faults)
    {
        if (faults.Any)
        {
            return false;
        }

        if (GoDecoder.Decode(value, type, target) is { } error)
        {
            faults.Value(path, error);
            return false;
        }

        return true;
    }

    /// <summary>The same as the body of a registration: names in small letters without underscores, blocks as the objects that they are.</summary>
    private static GoValue Respell(GoValue value, string path, ConfigFaults faults, Dictionary<string, string> fields, string id)
    {
        var members = ImmutableArray.CreateBuilder<KeyValuePair<string, GoValue>>();

        // As in Consul: where a name is there in both spellings, its own counts, whichever comes first.
        var own = value.Members.Select(static member => member.Key).Where(IsOwn).Select(Spelled).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, member) in value.Members)
        {
            var at = $"{path}.{name}";
            // As in Consul, names may be written together as in the API, too.
            var spelled = Spelled(name);
            if (!fields.TryGetValue(spelled, out var kind))
            {
                faults.Unknown(at);
            }
            else if (member.Kind != GoKind.Null && (IsOwn(name) || !own.Contains(spelled)))
            {
                members.Add(new(spelled == "id" ? id : spelled, Value(member, at, kind, faults)));
            }
        }

        return new GoValue(GoKind.Object) { Members = members.ToImmutable() };

        static bool IsOwn(string name) => name.Contains('_', StringComparison.Ordinal) || name.Equals(Arguments, StringComparison.OrdinalIgnoreCase);

        static string Spelled(string name) =>
            name.Equals(ArgumentsOfApi, StringComparison.OrdinalIgnoreCase) ? Arguments : name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
    }

    private static GoValue Value(GoValue value, string path, string kind, ConfigFaults faults)
    {
        switch (kind)
        {
            case Checks or Upstreams or AllExposed when value.Kind == GoKind.Array:
                return new GoValue(GoKind.Array) { Items = [.. value.Items.Select((item, i) => Value(item, $"{path}[{i}]", s_lists[kind], faults))] };
            case List when value.Kind == GoKind.Array:
                return value with { Items = [.. value.Items.Select(ConfigObject.Only)] };
            case Checks or Upstreams or AllExposed or List:
                faults.NoList(path, value);
                return GoValue.Null;
            case Map or PlainMap:
            case var _ when s_records.ContainsKey(kind):
                var map = value is { Kind: GoKind.Array, Items: [{ Kind: GoKind.Object } only] } ? only : value;
                if (map.Kind == GoKind.Object)
                {
                    return kind switch
                    {
                        Check => FileRules.WithoutToken(Respell(map, path, faults, s_check, "CheckID")),
                        Weights => FileRules.WithDefaults(Respell(map, path, faults, s_weights, "id")),
                        Sidecar => FileRules.WithChecksTogether(Respell(map, path, faults, s_service, "id")),
                        _ when s_records.TryGetValue(kind, out var fields) => Respell(map, path, faults, fields, "id"),
                        _ => Unwrap(map, kind == PlainMap),
                    };
                }

                faults.NoMap(path, value);
                return GoValue.Null;
            default:
                var scalar = ConfigObject.Scalar(value);
                var fits = scalar.Kind == kind switch { Text => GoKind.String, Whole => GoKind.Number, _ => GoKind.Bool };
                if (!fits && scalar.Kind != GoKind.Null)
                {
                    faults.Type(path, kind, scalar);
                }

                return kind == Whole && fits ? WithoutFraction(scalar) : scalar;
        }
    }

    // Where a whole number is needed, the fraction is dropped. What is beyond all bounds is so afterwards, too.
    private static GoValue WithoutFraction(GoValue number) =>
        number with { Text = ((long)double.Parse(number.Text, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture) };

    // Objects in it that HCL gives as lists of one, such as an address by its tag; and what else stands in one where nothing is a list.
    private static GoValue Unwrap(GoValue map, bool isPlain)
    {
        return map with { Members = [.. map.Members.Select(pair => KeyValuePair.Create(pair.Key, Member(pair.Value)))] };

        GoValue Member(GoValue value) => ConfigObject.Only(value) switch
        {
            { Kind: GoKind.Object } only when isPlain || value.Kind == GoKind.Array => Unwrap(only, isPlain),
            { Kind: GoKind.Number } only when isPlain => WithoutFraction(only),
            var only => isPlain ? only : value,
        };
    }
}
