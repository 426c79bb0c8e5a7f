using System.Globalization;
using Rollcall.Agent.Go;
using Rollcall.Agent.Hcl;

namespace Rollcall.Agent.Configuration;

/// <summary>
/// An object of a configuration file. What is asked of it is what it may have: <see cref="End"/> refuses the rest by name. Names compare without case.
/// </summary>
internal sealed class ConfigObject
{
    private readonly Dictionary<string, (string Name, GoValue Value)> _members;
    private readonly string _path;
    private readonly ConfigFaults _faults;
    private readonly List<ConfigObject> _children = [];

    public ConfigObject(GoValue value, string path, ConfigFaults faults)
    {
        _path = path.Length == 0 ? "" : $"{path}.";
        _faults = faults;
        _members = ConfigNames.Read(value, name => faults.Unknown(PathOf(name)));
    }

    public string PathOf(string name) => _path + name;

    public ConfigFaults Faults => _faults;

    public string? Text(string name)
    {
        if (Scalar(name) is not { } value)
        {
            return null;
        }

        if (value.Kind == GoKind.String)
        {
            return value.Text;
        }

        _faults.Type(PathOf(name), "string", value);
        return null;
    }

    public bool? Bool(string name)
    {
        if (Scalar(name) is not { } value)
        {
            return null;
        }

        if (value.Kind == GoKind.Bool)
        {
            return value.Bool;
        }

        _faults.Type(PathOf(name), "bool", value);
        return null;
    }

    public double? Double(string name) => Number(name, "float64", double.MinValue, double.MaxValue);

    public int? Int(string name) => (int?)Number(name, "int", int.MinValue, int.MaxValue);

    /// <summary>A whole number from 0 on.</summary>
    /// <param name="name">Of the field.</param>
    /// <param name="type">What Consul keeps it as, which it tells where something else is given.</param>
    public int? Unsigned(string name, string type)
    {
        var number = Number(name, type, double.MinValue, int.MaxValue);
        if (number is not < 0)
        {
            return (int?)number;
        }

        _faults.Overflow(PathOf(name), number.Value);
        return null;
    }

    // A double holds whole numbers up to 2^53, which is enough for bytes.
    public long? Long(string name) => (long?)Number(name, "int", -(1L << 53), 1L << 53);

    private double? Number(string name, string type, double min, double max)
    {
        if (Scalar(name) is not { } value)
        {
            return null;
        }

        if (value.Kind == GoKind.Number)
        {
            return Math.Clamp(double.Parse(value.Text, CultureInfo.InvariantCulture), min, max);
        }

        _faults.Type(PathOf(name), type, value);
        return null;
    }

    /// <summary>A port up to 65535; -1 is none, as is all below it.</summary>
    public int? Port(string name)
    {
        var port = Int(name);
        if (port > ushort.MaxValue)
        {
            _faults.Value(PathOf(name), $"invalid port: {port}");
        }

        return port < -1 ? -1 : port;
    }

    public TimeSpan? Duration(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (GoDurationText.TryParse(text, out var duration, out var error))
        {
            return duration;
        }

        _faults.Value(PathOf(name), $"invalid duration: \"{text}\": {error}");
        return null;
    }

    /// <summary>A list of texts; null among them is an empty one.</summary>
    public IReadOnlyList<string>? Texts(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value.Kind != GoKind.Array)
        {
            _faults.NoList(PathOf(name), value);
            return null;
        }

        var items = value.Items.Select(Only).ToList();
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].Kind is not (GoKind.String or GoKind.Null))
            {
                _faults.Type($"{PathOf(name)}[{i}]", "string", items[i]);
            }
        }

        return [.. items.Select(static item => item.Text)];
    }

    /// <summary>Texts by their names; null is an empty one.</summary>
    public IReadOnlyDictionary<string, string>? TextMap(string name)
    {
        if (Map(name) is not { } value)
        {
            return null;
        }

        foreach (var (key, member) in value.Members)
        {
            if (Only(member) is { Kind: not (GoKind.String or GoKind.Null) } other)
            {
                _faults.Type($"{PathOf(name)}[{key}]", "string", other);
            }
        }

        return value.Members.GroupBy(static pair => pair.Key, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => Only(group.Last().Value).Text, StringComparer.Ordinal);
    }

    /// <summary>An object in this one; an empty one if there is none, so that its fields need no question.</summary>
    public ConfigObject Object(string name)
    {
        var child = new ConfigObject(Map(name) ?? new GoValue(GoKind.Object), PathOf(name), _faults);
        _children.Add(child);
        return child;
    }

    /// <summary>An object of which somebody else makes something; null if there is none.</summary>
    public GoValue? Map(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value is { Kind: GoKind.Array, Items: [{ Kind: GoKind.Object } only] })
        {
            return only;
        }

        if (value.Kind == GoKind.Object)
        {
            return value;
        }

        _faults.NoMap(PathOf(name), value);
        return null;
    }

    /// <summary>A list of objects, each with its path; null is one without anything.</summary>
    public IEnumerable<(string Path, GoValue Value)> Objects(string name)
    {
        if (Take(name) is not { } value)
        {
            return [];
        }

        if (value.Kind != GoKind.Array)
        {
            _faults.NoList(PathOf(name), value);
            return [];
        }

        var items = value.Items.Select(static item => Only(item) is { Kind: not GoKind.Null } only ? only : new GoValue(GoKind.Object)).ToList();
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].Kind != GoKind.Object)
            {
                _faults.NoMap($"{PathOf(name)}[{i}]", items[i]);
            }
        }

        return HclReader.Objects(value with { Items = items }).Select((item, i) => ($"{PathOf(name)}[{i}]", item));
    }

    /// <summary>Fields that mean nothing to a single node, or nothing here: that they are of their type is all that is asked of them.</summary>
    /// <param name="read">What reads such a type from their object.</param>
    /// <param name="names">The fields.</param>
    public static void PassOver<T>(Func<string, T> read, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _ = read(name);
        }
    }

    /// <summary>Refuses all that nobody asked for.</summary>
    public void End()
    {
        foreach (var (name, _) in _members.Values)
        {
            _faults.Unknown(PathOf(name));
        }

        foreach (var child in _children)
        {
            child.End();
        }
    }

    /// <summary>What is in a list of one, as Consul takes it for what belongs in its place.</summary>
    public static GoValue Only(GoValue value) => value is { Kind: GoKind.Array, Items: [var only] } ? only : value;

    /// <summary>A value of a field that is no list. Consul keeps it by reference, and looks into a list for either.</summary>
    public static GoValue Scalar(GoValue value) => Only(Only(value));

    private GoValue? Scalar(string name) => Take(name) is { } value && Scalar(value) is { Kind: not GoKind.Null } scalar ? scalar : null;

    // Null is as if it were not there, where there may be something.
    private GoValue? Take(string name) => _members.Remove(name, out var member) && member.Value.Kind != GoKind.Null ? member.Value : null;
}
