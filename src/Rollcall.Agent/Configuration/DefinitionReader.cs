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
    private const string Address = "address";
    private const string Addresses = "addresses";

    private static readonly Dictionary<string, string> s_service = new(StringComparer.Ordinal)
    {
        ["id"] = Text, ["name"] = Text, ["kind"] = Text, ["tags"] = List, ["address"] = Text, ["tagged_addresses"] = Addresses, ["meta"] = PlainMap, ["port"] = Whole,
        ["check"] = Check, ["checks"] = Checks, ["token"] = Text, ["weights"] = Weights, ["enable_tag_override"] = Truth, ["proxy"] = Proxy, ["connect"] = Connect,
    };

    private static readonly Dictionary<string, string> s_check = new(StringComparer.Ordinal)
    {
        ["id"] = Text, ["name"] = Text, ["notes"] = Text, ["service_id"] = Text, ["token"] = Text, ["status"] = Text, ["args"] = List, ["http"] = Text,
        ["header"] = Map, ["method"] = Text, ["body"] = Text, ["output_max_size"] = Whole, ["tcp"] = Text, ["interval"] = Text, ["docker_container_id"] = Text,
        ["shell"] = Text, ["grpc"] = Text, ["grpc_use_tls"] = Truth, ["tls_skip_verify"] = Truth, ["alias_node"] = Text, ["alias_service"] = Text,
        ["udp"] = Text, ["h2ping"] = Text, ["h2ping_use_tls"] = Truth, ["os_service"] = Text,
        ["timeout"] = Text, ["ttl"] = Text, ["success_before_passing"] = Whole, ["failures_before_critical"] = Whole,
        ["deregister_critical_service_after"] = Text,
    };

    // All that may be written together in files as it may be in the API.
    private static readonly Dictionary<string, string> s_aliases = new(StringComparer.Ordinal)
    {
        ["serviceid"] = "service_id", ["scriptargs"] = "args", ["dockercontainerid"] = "docker_container_id", ["tlsskipverify"] = "tls_skip_verify",
        ["deregistercriticalserviceafter"] = "deregister_critical_service_after",
    };

    private static readonly Dictionary<string, string> s_weights = new(StringComparer.Ordinal) { ["passing"] = Whole, ["warning"] = Whole };

    // What has fields of its own, and what is a list of such.
    private static readonly Dictionary<string, Dictionary<string, string>> s_records = new(StringComparer.Ordinal)
    {
        [Check] = s_check,
        [Weights] = s_weights,
        [Sidecar] = s_service,
        [Address] = new(StringComparer.Ordinal) { ["address"] = Text, ["port"] = Whole },
        [Connect] = new(StringComparer.Ordinal) { ["native"] = Truth, ["sidecar_service"] = Sidecar },
        [Proxy] = new(StringComparer.Ordinal)
        {
            ["destination_service_name"] = Text, ["destination_service_id"] = Text, ["local_service_address"] = Text, ["local_service_port"] = Whole, ["config"] = Map,
            ["upstreams"] = Upstreams, ["mesh_gateway"] = MeshGateway, ["expose"] = Expose,
        },
        [Upstream] = new(StringComparer.Ordinal)
        {
            ["destination_type"] = Text, ["destination_namespace"] = Text, ["destination_name"] = Text, ["datacenter"] = Text, ["local_bind_address"] = Text,
            ["local_bind_port"] = Whole, ["config"] = Map, ["mesh_gateway"] = MeshGateway,
        },
        [MeshGateway] = new(StringComparer.Ordinal) { ["mode"] = Text },
        [Expose] = new(StringComparer.Ordinal) { ["checks"] = Truth, ["port"] = Whole, ["paths"] = AllExposed },
        [Exposed] = new(StringComparer.Ordinal) { ["listener_port"] = Whole, ["path"] = Text, ["local_path_port"] = Whole, ["protocol"] = Text },
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
        foreach (var (name, member) in ConfigNames.Read(fields == s_check ? ConfigNames.WithoutAliases(value, s_aliases) : value, name => faults.Unknown($"{path}.{name}")).Values)
        {
            var spelled = name.ToLowerInvariant();
            if (!fields.TryGetValue(spelled, out var kind))
            {
                faults.Unknown($"{path}.{name}");
            }
            else if (member.Kind != GoKind.Null)
            {
                members.Add(new(spelled == "id" ? id : spelled.Replace("_", "", StringComparison.Ordinal), Value(member, $"{path}.{spelled}", kind, faults)));
            }
        }

        return new GoValue(GoKind.Object) { Members = members.ToImmutable() };
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
            case Map or PlainMap or Addresses:
            case var _ when s_records.ContainsKey(kind):
                var map = value is { Kind: GoKind.Array, Items: [{ Kind: GoKind.Object } only] } ? only : value;
                if (map.Kind == GoKind.Object)
                {
                    return kind switch
                    {
                        Check => FileRules.WithoutToken(Respell(map, path, faults, s_check, "CheckID")),
                        Weights => FileRules.WithDefaults(Respell(map, path, faults, s_weights, "id")),
                        Addresses => map with { Members = [.. map.Members.Select(pair => KeyValuePair.Create(pair.Key, Tagged(pair.Value, $"{path}[{pair.Key}]", faults)))] },
                        Expose => FileRules.WithoutPort(Respell(map, path, faults, s_records[kind], "id")),
                        MeshGateway => FileRules.WithKnownMode(Respell(map, path, faults, s_records[kind], "id"), faults),
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

    // Null is an address without anything.
    private static GoValue Tagged(GoValue value, string path, ConfigFaults faults) =>
        Value(value.Kind == GoKind.Null ? new GoValue(GoKind.Object) : value, path, Address, faults);

    // Where a whole number is needed, the fraction is dropped. What is beyond all bounds is so afterwards, too.
    private static GoValue WithoutFraction(GoValue number) =>
        number with { Text = ((long)double.Parse(number.Text, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture) };

    // Objects in it that HCL gives as lists of one; and what else stands in one where nothing is a list.
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
