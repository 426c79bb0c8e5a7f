using System.Globalization;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Configuration;

/// <summary>What is wrong with one source of configuration, in Consul's words: faults of type first, then what it does not know.</summary>
/// <param name="source">What it is called.</param>
/// <param name="isHcl">Whether a whole number is known for one; in JSON every number is a <c>float64</c>.</param>
internal sealed class ConfigFaults(string source, bool isHcl)
{
    private readonly SortedSet<string> _types = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _unknown = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _values = new(StringComparer.Ordinal);

    /// <summary>A value of the wrong type.</summary>
    public void Type(string path, string expected, GoValue value) =>
        _types.Add($"'{path}' expected type '{expected}', got unconvertible type '{TypeOf(value)}'");

    /// <summary>A number below 0 where none may be.</summary>
    public void Overflow(string path, double number) =>
        _types.Add(string.Create(CultureInfo.InvariantCulture, $"cannot parse '{path}', {(isHcl && double.IsInteger(number) ? $"{number:F0}" : $"{number:F6}")} overflows uint"));

    /// <summary>One value where a list is needed.</summary>
    public void NoList(string path, GoValue value) => _types.Add($"'{path}': source data must be an array or slice, got {NameOf(value)}");

    /// <summary>Something else where an object is needed, or several objects.</summary>
    public void NoMap(string path, GoValue value) => _types.Add($"'{path}' expected a map, got '{NameOf(value)}'");

    public void Unknown(string path) => _unknown.Add($"invalid config key {path}");

    /// <summary>A value of the right type that makes no sense.</summary>
    public void Value(string path, string problem) => Value($"{path}: {problem}");

    /// <summary>The same in words that name the field themselves.</summary>
    public void Value(string fault) => _values.Add(fault);

    public bool Any => _types.Count + _unknown.Count + _values.Count > 0;

    /// <summary>No faults yet, of the same source.</summary>
    public ConfigFaults Anew() => new(source, isHcl);

    /// <exception cref="ConsulAgentException">There are some: all of them, with their source.</exception>
    public void ThrowIfAny()
    {
        if (Describe() is { } what)
        {
            throw new ConsulAgentException($"failed to parse {source}: {what}");
        }
    }

    private string? Describe()
    {
        if (_types.Count > 0)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{_types.Count} error(s) decoding:\n\n{string.Join('\n', _types.Select(static fault => $"* {fault}"))}");
        }

        var faults = _unknown.Count > 0 ? _unknown : _values;
        return faults.Count == 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{faults.Count} error{(faults.Count == 1 ? "" : "s")} occurred:\n{string.Concat(faults.Select(static fault => $"\t* {fault}\n"))}");
    }

    private string TypeOf(GoValue value) => value.Kind switch
    {
        GoKind.Array => "[]interface {}",
        GoKind.Object => "map[string]interface {}",
        _ => NameOf(value),
    };

    private string NameOf(GoValue value) => value.Kind switch
    {
        GoKind.String => "string",
        GoKind.Bool => "bool",
        GoKind.Number => isHcl && value.Text.AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? "int" : "float64",
        GoKind.Array => "slice",
        GoKind.Object => "map",
        _ => "nil",
    };
}
