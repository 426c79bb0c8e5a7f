using System.Globalization;
using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.ConfigEntries;

/// <summary>
/// Brings a body into the fields of a kind, by the rules of the library that Consul has for it: text may be a number, a list of one thing the thing, and a thing
/// a list of it. Its faults are told in that library's words.
/// </summary>
internal sealed class ConfigDecoder
{
    private readonly List<string> _faults = [];
    private readonly List<string> _unknown = [];
    private bool _ofEntry = true;

    /// <summary>The fields of a whole entry, with those that are not shown left out; null, with all faults.</summary>
    /// <param name="body">What was sent.</param>
    /// <param name="fields">The fields there are.</param>
    /// <param name="fault">All faults.</param>
    /// <param name="lenient">Whether other fields are passed over.</param>
    public static GoValue? Decode(GoValue body, IReadOnlyList<ConfigField> fields, out string fault, bool lenient = false)
    {
        var decoder = new ConfigDecoder();
        var value = decoder.Struct(body, fields, "");
        if (lenient)
        {
            decoder._unknown.Clear();
        }

        fault = decoder._faults.Count > 0 ? decoder.AllFaults()
            : GoErrors.Join([.. decoder._unknown.Select(static name => name.EndsWith("namespace", StringComparison.OrdinalIgnoreCase)
                ? $"invalid config key \"{name}\", namespaces are a consul enterprise feature"
                : $"invalid config key \"{name}\"")]) ?? "";
        return fault.Length == 0 ? value : null;
    }

    /// <summary>Settings that are no config entry: names are written as they are, and other ones are faults as well.</summary>
    /// <param name="settings">What was sent.</param>
    /// <param name="fields">The fields there are.</param>
    /// <param name="fault">All faults.</param>
    public static GoValue? DecodeSettings(GoValue settings, IReadOnlyList<ConfigField> fields, out string fault)
    {
        var decoder = new ConfigDecoder { _ofEntry = false };
        var value = decoder.Struct(settings, fields, "");
        if (decoder._unknown.Count > 0)
        {
            decoder._faults.Add($"'' has invalid keys: {string.Join(", ", decoder._unknown.Order(StringComparer.Ordinal))}");
        }

        fault = decoder.AllFaults();
        return fault.Length == 0 ? value : null;
    }

    /// <summary>A body that is to be decoded; null, with the fault, in Go's words: it is no JSON, or no object.</summary>
    public static GoValue? Parse(ReadOnlySpan<byte> body, out string fault)
    {
        var value = GoJsonParser.Parse(body, out fault);
        if (value is null or { Kind: GoKind.Object or GoKind.Null })
        {
            return value;
        }

        fault = $"json: cannot unmarshal {value.Kind.ToString().ToLowerInvariant()} into Go value of type map[string]interface {{}}";
        return null;
    }

    private string AllFaults() => _faults.Count == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"{_faults.Count} error(s) decoding:\n\n{string.Join('\n', _faults.Order(StringComparer.Ordinal).Select(static line => $"* {line}"))}");

    private GoValue Struct(GoValue value, IReadOnlyList<ConfigField> fields, string path)
    {
        if (value.Kind is not (GoKind.Object or GoKind.Null))
        {
            ExpectMap(value, path);
            value = GoValue.Null;
        }

        var found = new GoValue?[fields.Count];
        var unknown = new List<string>();
        foreach (var (name, member) in value.Members)
        {
            var at = fields.TakeWhile(field => !(_ofEntry ? field.Answers(name) : string.Equals(field.Name, name, StringComparison.OrdinalIgnoreCase))).Count();
            if (at < fields.Count)
            {
                found[at] = member;
            }
            else if (!_ofEntry || path.Length > 0 || name is not ("CreateIndex" or "ModifyIndex"))
            {
                unknown.Add(Below(path, name));
            }
        }

        var members = new List<KeyValuePair<string, GoValue>>();
        for (var i = 0; i < fields.Count; i++)
        {
            var field = fields[i];
            var decoded = Field(found[i] ?? GoValue.Null, field, Below(path, field.Name));
            if (decoded.Kind != GoKind.Null && field.Adjust is { } adjust)
            {
                decoded = adjust(decoded);
            }

            if (field.Always || !IsEmpty(decoded, field.Type))
            {
                members.Add(new(field.Name, decoded));
            }
        }

        _unknown.AddRange(unknown);
        return new GoValue(GoKind.Object) { Members = members };
    }

    private GoValue Field(GoValue value, ConfigField field, string path)
    {
        var isList = field.Type is ConfigType.Texts or ConfigType.Numbers or ConfigType.Structs;
        value = isList ? value : Single(value);
        return field.Type switch
        {
            ConfigType.Struct => Struct(value, field.Fields, path),
            ConfigType.Optional when value.Kind == GoKind.Null => value,
            ConfigType.Optional => Struct(value, field.Fields, path),
            ConfigType.Structs => List(value, path, (item, at) => Struct(Single(item), field.Fields, at)),
            ConfigType.StructMap => Map(value, path, (item, at) => Struct(Single(item), field.Fields, at)),
            ConfigType.Texts => List(value, path, (item, at) => Scalar(item, ConfigType.Text, at)),
            ConfigType.Numbers => List(value, path, (item, at) => Scalar(item, ConfigType.Unsigned, at)),
            ConfigType.TextMap => Map(value, path, (item, at) => Scalar(item, ConfigType.Text, at)),
            ConfigType.AnyMap => Map(value, path, (item, _) => Any(Single(item))),
            _ => Scalar(value, field.Type, path),
        };
    }

    // Entries may come of HCL, where every block is a list.
    private GoValue Single(GoValue value) => _ofEntry && value.Kind == GoKind.Array && value.Items.Count == 1 ? value.Items[0] : value;

    private static GoValue List(GoValue value, string path, Func<GoValue, string, GoValue> item)
    {
        var items = value.Kind switch
        {
            GoKind.Null => (IReadOnlyList<GoValue>?)null,
            GoKind.Array => value.Items,
            GoKind.Object when value.Members.Count == 0 => [],
            GoKind.String when value.Text.Length == 0 => [],
            _ => [value],
        };
        return items is null ? GoValue.Null : new GoValue(GoKind.Array)
        {
            Items = [.. items.Select((one, i) => item(one, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]")))],
        };
    }

    private GoValue Map(GoValue value, string path, Func<GoValue, string, GoValue> item)
    {
        if (value.Kind == GoKind.Null)
        {
            return value;
        }

        if (value.Kind == GoKind.Array)
        {
            foreach (var (one, i) in value.Items.Select(static (one, i) => (one, i)).Where(static at => at.one.Kind != GoKind.Object))
            {
                ExpectMap(one, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"));
            }

            value = new GoValue(GoKind.Object) { Members = [.. value.Items.SelectMany(static one => one.Members)] };
        }

        if (value.Kind != GoKind.Object)
        {
            ExpectMap(value, path);
            return GoValue.Null;
        }

        return InOrder(value.Members.Select(member => new KeyValuePair<string, GoValue>(member.Key, item(member.Value, $"{path}[{member.Key}]"))));
    }

    // As Go writes a map: each key once, in order.
    private static GoValue InOrder(IEnumerable<KeyValuePair<string, GoValue>> members) => new(GoKind.Object)
    {
        Members = [.. members.GroupBy(static member => member.Key, StringComparer.Ordinal).Select(static group => group.Last()).OrderBy(static member => member.Key, StringComparer.Ordinal)],
    };

    /// <summary>A value as Go shows what it knows no fields of.</summary>
    public static GoValue Any(GoValue value) => value.Kind switch
    {
        GoKind.Object => InOrder(value.Members.Select(static member => new KeyValuePair<string, GoValue>(member.Key, Any(member.Value)))),
        GoKind.Array => value with { Items = [.. value.Items.Select(Any)] },
        GoKind.Number => value with { Text = GoNumber.Format(double.Parse(value.Text, CultureInfo.InvariantCulture)) },
        _ => value,
    };

    private GoValue Scalar(GoValue value, ConfigType type, string path)
    {
        value = Single(value);
        if (value.Kind is GoKind.Array or GoKind.Object)
        {
            _faults.Add($"'{path}' expected type '{GoType(type)}', got unconvertible type '{(value.Kind == GoKind.Array ? "[]interface {}" : "map[string]interface {}")}'");
            value = GoValue.Null;
        }

        return type switch
        {
            ConfigType.Text => new(GoKind.String) { Text = TextOf(value) },
            ConfigType.Bool => BoolOf(value, path) ? GoValue.True : GoValue.False,
            ConfigType.Duration => new(GoKind.String) { Text = DurationOf(value, path) is var nanoseconds and not 0 ? GoDuration.FormatNanoseconds(nanoseconds) : "" },
            _ => new(GoKind.Number) { Text = NumberOf(value, type, path) },
        };
    }

    private static string TextOf(GoValue value) => value.Kind switch
    {
        GoKind.Bool => value.Bool ? "1" : "0",
        GoKind.Number => GoNumber.Format(double.Parse(value.Text, CultureInfo.InvariantCulture)),
        _ => value.Text,
    };

    private bool BoolOf(GoValue value, string path)
    {
        switch (value.Kind)
        {
            case GoKind.Number:
                return double.Parse(value.Text, CultureInfo.InvariantCulture) != 0;
            case GoKind.String:
                var flag = value.Text.Length == 0 ? false : GoBool.Read(value.Text);
                if (flag is null)
                {
                    Unparsable(path, "bool", "ParseBool", value.Text);
                }

                return flag ?? true;
            default:
                return value.Bool;
        }
    }

    private long DurationOf(GoValue value, string path)
    {
        if (value.Kind != GoKind.String)
        {
            return value.Kind == GoKind.Number ? (long)double.Parse(value.Text, CultureInfo.InvariantCulture) : value.Bool ? 1 : 0;
        }

        if (GoDuration.TryParseNanoseconds(value.Text, out var nanoseconds))
        {
            return nanoseconds;
        }

        _ = GoDurationText.TryParse(value.Text, out _, out var error);
        _faults.Add($"error decoding '{path}': {error}");
        return 0;
    }

    private string NumberOf(GoValue value, ConfigType type, string path)
    {
        var number = value.Kind switch { GoKind.Number => double.Parse(value.Text, CultureInfo.InvariantCulture), GoKind.Bool => value.Bool ? 1 : 0, _ => 0 };
        switch (type)
        {
            case ConfigType.Float:
                if (value.Kind == GoKind.String && !double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
                {
                    Unparsable(path, "float", "ParseFloat", value.Text);
                }

                return ((float)number).ToString("R", CultureInfo.InvariantCulture);
            case ConfigType.Unsigned:
                if (value.Kind == GoKind.String)
                {
                    if (GoInteger.ReadUnsigned(value.Text, uint.MaxValue, out var reason) is not { } unsigned)
                    {
                        Unparsable(path, "uint", "ParseUint", value.Text, reason);
                        return "0";
                    }

                    return unsigned.ToString(CultureInfo.InvariantCulture);
                }

                return unchecked((uint)(long)number).ToString(CultureInfo.InvariantCulture);
            default:
                if (value.Kind != GoKind.String)
                {
                    return ((long)number).ToString(CultureInfo.InvariantCulture);
                }

                if (GoInteger.Read(value.Text, out var error) is not { } integer)
                {
                    Unparsable(path, "int", "ParseInt", value.Text, error);
                    return "0";
                }

                return integer.ToString(CultureInfo.InvariantCulture);
        }
    }

    private void Unparsable(string path, string what, string function, string text, string error = "invalid syntax") =>
        _faults.Add($"cannot parse '{path}' as {what}: strconv.{function}: parsing \"{text}\": {error}");

    /// <summary>What is said of a value that should have members.</summary>
    public static string NoMap(GoValue value, string path) =>
        $"'{path}' expected a map, got '{value.Kind switch { GoKind.Array => "slice", GoKind.Number => "float64", GoKind.Bool => "bool", _ => "string" }}'";

    private void ExpectMap(GoValue value, string path) =>
        _faults.Add(NoMap(value, path));

    private static bool IsEmpty(GoValue value, ConfigType type) => value.Kind switch
    {
        GoKind.Null => true,
        GoKind.Bool => !value.Bool,
        GoKind.Number => value.Text == "0",
        GoKind.Array => value.Items.Count == 0,
        GoKind.Object => type is ConfigType.StructMap or ConfigType.TextMap && value.Members.Count == 0,
        _ => value.Text.Length == 0,
    };

    private static string GoType(ConfigType type) => type switch
    {
        ConfigType.Bool => "bool",
        ConfigType.Int => "int",
        ConfigType.Unsigned => "uint32",
        ConfigType.Float => "float32",
        ConfigType.Duration => "time.Duration",
        _ => "string",
    };

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
