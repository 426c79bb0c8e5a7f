using System.Globalization;
using System.Text;
using System.Text.Json;
using Rollcall.Discovery.Internal;

namespace Rollcall.Discovery.Balancing.Internal;

/// <summary>
/// The fields of a policy in a service config, by protobuf's JSON mapping: <c>minRingSize</c> or <c>min_ring_size</c>, numbers also in quotes,
/// <c>null</c> as absent. Gathers what is wrong; a field that nobody asked for is wrong too, since it would be a typing error without effect.
/// </summary>
internal sealed class PolicyConfig
{
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _written = new(StringComparer.Ordinal);
    private readonly List<string> _known = [];
    private readonly List<string> _faults = [];

    /// <param name="config">Null: no fields.</param>
    public PolicyConfig(JsonElement? config)
    {
        if (config is not { } element)
        {
            return;
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            _faults.Add($"they must be an object, and are {JsonValues.Shown(element)}");
            return;
        }

        foreach (var field in element.EnumerateObject())
        {
            var name = ToCamelCase(field.Name);
            _fields[name] = field.Value;
            _written[name] = field.Name;
        }
    }

    public bool GetBool(string name, bool absent)
    {
        if (!TryTake(name, out var value))
        {
            return absent;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        _faults.Add($"{name} must be true or false, and is {JsonValues.Shown(value)}");
        return absent;
    }

    public int GetCount(string name, int absent, int min, int max)
    {
        if (!TryTake(name, out var value))
        {
            return absent;
        }

        if (JsonValues.TryGetNumber(value, out var number) && Math.Floor(number) == number && number >= min && number <= max)
        {
            return (int)number;
        }

        _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} must be a whole number from {min} to {max}, and is {JsonValues.Shown(value)}"));
        return absent;
    }

    public double GetNumber(string name, double absent, double min, double max)
    {
        if (!TryTake(name, out var value))
        {
            return absent;
        }

        if (JsonValues.TryGetNumber(value, out var number) && number >= min && number <= max)
        {
            return number;
        }

        _faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} must be a number from {min} to {max}, and is {JsonValues.Shown(value)}"));
        return absent;
    }

    public string? GetText(string name)
    {
        if (!TryTake(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        _faults.Add($"{name} must be a text, and is {JsonValues.Shown(value)}");
        return null;
    }

    /// <summary>A google.protobuf.Duration: <c>"1.5s"</c>.</summary>
    public TimeSpan? GetDuration(string name, TimeSpan min, TimeSpan max)
    {
        if (!TryTake(name, out var value))
        {
            return null;
        }

        if (JsonValues.TryGetDuration(value, out var duration) && duration >= min && duration <= max)
        {
            return duration;
        }

        _faults.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{name} must be seconds from \"{min.TotalSeconds}s\" to \"{max.TotalSeconds}s\", and is {JsonValues.Shown(value)}"));
        return null;
    }

    /// <summary>gRFC A76's <c>requestHashHeader</c>.</summary>
    public HashKeySource? GetHashHeader()
    {
        const string Name = "requestHashHeader";
        if (GetText(Name) is not { } header)
        {
            return null;
        }

        if (!header.EndsWith("-bin", StringComparison.OrdinalIgnoreCase))
        {
            return HashKeySource.Header(header);
        }

        _faults.Add($"{Name} must not be a binary header, whose name ends in -bin, and is \"{header}\"");
        return null;
    }

    public double GetLoadFactor(double absent) => GetNumber("loadFactor", absent, 1, LoadBound.Max);

    /// <summary>A list of texts; null when there is none.</summary>
    public IReadOnlyList<string>? GetTexts(string name)
    {
        if (!TryTake(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(static v => v.ValueKind == JsonValueKind.String && v.GetString() != ""))
        {
            return [.. value.EnumerateArray().Select(static v => v.GetString()!)];
        }

        _faults.Add($"{name} must be a list of texts, and is {JsonValues.Shown(value)}");
        return null;
    }

    /// <summary>The first entry that is known of a list of policies, each an object with one field; null when there is none.</summary>
    /// <param name="name">The list's.</param>
    /// <param name="unknown">Names of the entries before it.</param>
    public (string Name, JsonElement Fields, string Path)? GetChild(string name, out IReadOnlyList<string> unknown)
    {
        var passed = new List<string>();
        unknown = passed;
        if (!TryTake(name, out var value) || value.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        foreach (var (index, entry) in value.EnumerateArray().Index())
        {
            if (entry.ValueKind != JsonValueKind.Object || entry.EnumerateObject().ToArray() is not [var only])
            {
                continue;
            }

            if (BalancingConfig.IsKnown(only.Name))
            {
                return (only.Name, only.Value, string.Create(CultureInfo.InvariantCulture, $".{_written[name]}[{index}].{only.Name}"));
            }

            passed.Add(JsonValues.Shown(only.Name));
        }

        return null;
    }

    /// <summary>Reads the fields of an object, if it is there.</summary>
    public void Within(string name, Action<PolicyConfig> read)
    {
        if (!TryTake(name, out var value))
        {
            return;
        }

        var inner = new PolicyConfig(value);
        read(inner);
        if (inner.Describe() is { } faults)
        {
            _faults.Add($"{name}: {faults}");
        }
    }

    /// <summary>What has to hold of several fields together.</summary>
    public void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            _faults.Add(otherwise);
        }
    }

    /// <summary>Fields that gRPC has for the policy, and that have nothing to say here.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _fields.Remove(name);
        }
    }

    /// <summary>What is wrong, once all fields were asked for; null when nothing is.</summary>
    public string? Describe()
    {
        foreach (var name in _fields.Keys)
        {
            _faults.Add(_known.Count == 0
                ? $"{name} is not known, there are no fields"
                : $"{name} is not known, there are {string.Join(", ", _known)}");
        }

        _fields.Clear();
        return _faults.Count == 0 ? null : string.Join("; ", _faults);
    }

    private bool TryTake(string name, out JsonElement value)
    {
        _known.Add(name);
        return _fields.Remove(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private static string ToCamelCase(string name)
    {
        if (!name.Contains('_', StringComparison.Ordinal))
        {
            return name;
        }

        var text = new StringBuilder(name.Length);
        var upper = false;
        foreach (var c in name)
        {
            if (c == '_')
            {
                upper = true;
            }
            else
            {
                text.Append(upper ? char.ToUpperInvariant(c) : c);
                upper = false;
            }
        }

        return text.ToString();
    }
}
