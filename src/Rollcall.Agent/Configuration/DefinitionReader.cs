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

    private static readonly Dictionary<string, string> s_service = new(StringComparer.Ordinal)
    {
        ["id"] = Text, ["name"] = Text, ["kind"] = Text, ["tags"] = List, ["address"] = Text, ["taggedaddresses"] = PlainMap, ["meta"] = PlainMap, ["port"] = Whole,
        ["check"] = Check, ["checks"] = Checks, ["token"] = Text, ["weights"] = Weights, ["enabletagoverride"] = Truth, ["proxy"] = Map, ["connect"] = Map,
    };

    private static readonly Dictionary<string, string> s_check = new(StringComparer.Ordinal)
    {
        ["id"] = Text, ["name"] = Text, ["notes"] = Text, ["serviceid"] = Text, ["token"] = Text, ["status"] = Text, ["args"] = List, ["http"] = Text,
        ["header"] = Map, ["method"] = Text, ["body"] = Text, ["outputmaxsize"] = Whole, ["tcp"] = Text, ["interval"] = Text, ["dockercontainerid"] = Text,
        ["shell"] = Text, ["grpc"] = Text, ["grpcusetls"] = Truth, ["tlsskipverify"] = Truth, ["aliasnode"] = Text, ["aliasservice"] = Text,
        ["udp"] = Text, ["h2ping"] = Text, ["h2pingusetls"] = Truth, ["osservice"] = Text,
        ["timeout"] = Text, ["ttl"] = Text, ["successbeforepassing"] = Whole, ["failuresbeforecritical"] = Whole,
        ["deregistercriticalserviceafter"] = Text,
    };

    private static readonly Dictionary<string, string> s_weights = new(StringComparer.Ordinal) { ["passing"] = Whole, ["warning"] = Whole };

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

        return command with { Checks = [.. command.Checks.Select(static check => check with { FromFile = true })] };
    }

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
        foreach (var (name, member) in value.Members)
        {
            var at = $"{path}.{name}";
            // As in Consul, names may be written together as in the API, too.
            var spelled = name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
            if (!fields.TryGetValue(spelled, out var kind))
            {
                faults.Unknown(at);
            }
            else if (member.Kind != GoKind.Null)
            {
                members.Add(new(spelled == "id" ? id : spelled, Value(member, at, kind, faults)));
            }
        }

        return new GoValue(GoKind.Object) { Members = members.ToImmutable() };
    }

    private static GoValue Value(GoValue value, string path, string kind, ConfigFaults faults)
    {
        switch (kind)
        {
            case Checks when value.Kind == GoKind.Array:
                return new GoValue(GoKind.Array) { Items = [.. value.Items.Select((item, i) => Value(item, $"{path}[{i}]", Check, faults))] };
            case List when value.Kind == GoKind.Array:
                return value with { Items = [.. value.Items.Select(ConfigObject.Only)] };
            case Checks or List:
                faults.NoList(path, value);
                return GoValue.Null;
            case Map or PlainMap or Check or Weights:
                var map = value is { Kind: GoKind.Array, Items: [{ Kind: GoKind.Object } only] } ? only : value;
                if (map.Kind == GoKind.Object)
                {
                    return kind switch
                    {
                        Check => FileRules.WithoutToken(Respell(map, path, faults, s_check, "CheckID")),
                        Weights => FileRules.WithDefaults(Respell(map, path, faults, s_weights, "id")),
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
